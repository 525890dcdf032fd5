import react from "@vitejs/plugin-react";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Each text file of the build also stands packed beside it; the server sends that one where the browser takes it. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle({ dir = "." }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|svg|json)$/.test(name) || name.startsWith(".")) continue;
        writeFileSync(`${dir}/${name}.gz`, gzipSync(readFileSync(`${dir}/${name}`), { level: 9 }));
      }
    },
  };
}

/** `licences.json`: every package that ships in the build, with its licence's text, from the lock file. */
function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle() {
      type Entry = { version?: string; dev?: boolean; optional?: boolean };
      const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Entry> };
      const shipped = Object.entries(lock.packages).filter(([folder, entry]) => folder && !entry.dev && existsSync(folder));
      const parts = shipped.map(([folder, entry]) => {
        const about = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { name: string; license?: string };
        const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
        const text = file ? readFileSync(`${folder}/${file}`, "utf8") : "";
        return { name: about.name, version: entry.version ?? "", license: about.license ?? "", text };
      });
      parts.sort((a, b) => a.name.localeCompare(b.name));
      this.emitFile({ type: "asset", fileName: "licences.json", source: JSON.stringify(parts) });
    },
  };
}

export default defineConfig({
  plugins: [react(), licences(), packed()],
  build: {
    outDir: "../src/zaizao/server/static",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
    manifest: true,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/v2": "http://127.0.0.1:8080" } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
