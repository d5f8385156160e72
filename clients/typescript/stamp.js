/** Writes into lib/built.json what lib/ was built from, so that a test can tell without the compiler. */

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const OUT = new URL("lib/built.json", import.meta.url);

function digest(folder) {
  const hash = createHash("sha256");
  for (const name of readdirSync(new URL(folder, import.meta.url)).sort()) {
    if (name === "built.json" || name.startsWith("api.")) continue; // the latter are written by `make docs`
    hash.update(`${name}\0`).update(readFileSync(new URL(`${folder}/${name}`, import.meta.url))).update("\0");
  }
  return hash.digest("hex");
}

writeFileSync(OUT, `${JSON.stringify({ source: digest("src"), built: digest("lib") }, null, 2)}\n`);
