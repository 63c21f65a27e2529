/** The picture as it was before it was covered, as long as its original is kept. */

import { originalAddress, type Redaction } from "../../../api/redactions.ts";

export function Original({ redaction: { image_id, width, height } }: { redaction: Redaction }) {
  return <image href={originalAddress(image_id)} width={width} height={height} preserveAspectRatio="none" />;
}
