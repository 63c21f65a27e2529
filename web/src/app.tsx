/** Which page for which address, and the frame around all but the editor. */

import { useMantineColorScheme } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { ApiError } from "./api/client.ts";
import { useSession } from "./api/session.ts";
import { SignedOut } from "./pages/signed_out.tsx";
import { PLACES } from "./places.ts";
import { Basket } from "./ui/basket.tsx";
import { CommandPalette } from "./ui/command_palette.tsx";
import { Icon } from "./ui/icons.tsx";
import { Page, Problem, Waiting } from "./ui/parts.tsx";

const Home = lazy(() => import("./pages/home.tsx"));
const Images = lazy(() => import("./pages/images/images.tsx"));
const Editor = lazy(() => import("./pages/editor/editor.tsx"));
const CollectPage = lazy(() => import("./pages/collect/collect.tsx"));
const CuratePage = lazy(() => import("./pages/curate/curate.tsx"));
const MapPage = lazy(() => import("./pages/map/map.tsx"));
const TaxonomyPage = lazy(() => import("./pages/taxonomy/taxonomy.tsx"));
const ImportPage = lazy(() => import("./pages/import/import.tsx"));
const ExportPage = lazy(() => import("./pages/export/export.tsx"));
const Train = lazy(() => import("./pages/train.tsx"));
const Evaluate = lazy(() => import("./pages/evaluate.tsx"));
const Predict = lazy(() => import("./pages/predict.tsx"));
const Insights = lazy(() => import("./pages/insights.tsx"));
const Reports = lazy(() => import("./pages/reports.tsx"));
const Runs = lazy(() => import("./pages/runs.tsx"));
const RunPage = lazy(() => import("./pages/run.tsx"));

export function App() {
  const session = useSession();
  if (session.error instanceof ApiError && session.error.status === 401) return <SignedOut />;
  if (session.error) {
    return (
      <Page title="Townscape">
        <Problem error={session.error} onRetry={() => session.refetch()} />
      </Page>
    );
  }
  if (session.data === undefined) return <Waiting what="Opening the workspace …" />;
  return (
    <Suspense fallback={<Waiting what="Loading the page …" />}>
      <Switch>
        <Route path="/images/:id">{({ id }) => <Editor key={id} imageId={id} />}</Route>
        <Route>
          <Shell workspace={session.data.workspace}>
            <Suspense fallback={<Waiting what="Loading the page …" />}>
              <Pages />
            </Suspense>
          </Shell>
        </Route>
      </Switch>
    </Suspense>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <Home />
      </Route>
      <Route path="/images">
        <Images />
      </Route>
      <Route path="/collect">
        <CollectPage />
      </Route>
      <Route path="/map">
        <MapPage />
      </Route>
      <Route path="/curate/:tab?">{({ tab }) => <CuratePage tab={tab} />}</Route>
      <Route path="/taxonomy/:name?">{({ name }) => <TaxonomyPage name={name} />}</Route>
      <Route path="/import">
        <ImportPage />
      </Route>
      <Route path="/export">
        <ExportPage />
      </Route>
      <Route path="/train">
        <Train />
      </Route>
      <Route path="/evaluate">
        <Evaluate />
      </Route>
      <Route path="/predict">
        <Predict />
      </Route>
      <Route path="/insights">
        <Insights />
      </Route>
      <Route path="/report">
        <Reports />
      </Route>
      <Route path="/runs">
        <Runs />
      </Route>
      <Route path="/runs/:id">{({ id }) => <RunPage key={id} runId={id} />}</Route>
      <Route>
        <Page title="There is no such page" lead="The address leads nowhere.">
          <Link href="/">Go to the start</Link>
        </Page>
      </Route>
    </Switch>
  );
}

function Shell({ workspace, children }: { workspace: string; children: ReactNode }) {
  const [location] = useLocation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const isDark =
    colorScheme === "dark" ||
    (colorScheme === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  return (
    <div className="ts-shell">
      <a className="ts-skip" href="#main">
        Skip to the content
      </a>
      <nav className="ts-nav" aria-label="Pages">
        <Link className="ts-brand" href="/">
          {workspace}
        </Link>
        {PLACES.map(({ path, name, icon }) => {
          const isHere = path === "/" ? location === "/" : location.startsWith(path);
          return (
            <Link key={path} href={path} aria-current={isHere ? "page" : undefined}>
              <Icon name={icon} />
              {name}
            </Link>
          );
        })}
        <div style={{ flex: 1 }} />
        <Basket />
        <CommandPalette />
        <button type="button" onClick={() => setColorScheme(isDark ? "light" : "dark")}>
          <Icon name={isDark ? "sun" : "moon"} />
          {isDark ? "Light theme" : "Dark theme"}
        </button>
      </nav>
      {children}
    </div>
  );
}
