import "@mantine/core/styles.css";
import "./style.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client.ts";
import { App } from "./app.tsx";
import { theme } from "./theme.ts";
import { markMissingPictures } from "./ui/missing_pictures.ts";
import { Notices } from "./ui/notices.tsx";

/** The server is on this computer or in this house: a browser that is offline reaches it nevertheless. */
const networkMode = "always";
const queries = new QueryClient({
  defaultOptions: {
    mutations: { networkMode },
    queries: {
      networkMode,
      retry: (failures, error) => error instanceof ApiError && error.status === 0 && failures < 3,
      staleTime: 2000,
    },
  },
});
const schemes = localStorageColorSchemeManager({ key: "townscape.scheme" });

markMissingPictures(document);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={schemes}>
      <QueryClientProvider client={queries}>
        <App />
        <Notices />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
