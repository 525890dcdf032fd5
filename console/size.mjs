/** The first screen's weight: everything that the page needs before its first route is drawn, gzipped. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 300 * 1024;
const place = "../src/zaizao/server/static";
const manifest = JSON.parse(readFileSync(`${place}/.vite/manifest.json`, "utf8"));
const files = new Set();
const take = (key) => {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  (chunk.imports ?? []).forEach(take);
};
take("index.html");
take("src/screens/overview.tsx");
const size = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(`${place}/${file}`), { level: 9 }).length, 0);
process.stdout.write(`first screen: ${Math.round(size / 1024)} kB gzipped in ${files.size} files (budget ${BUDGET / 1024} kB)\n`);
process.exit(size > BUDGET ? 1 : 0);
