// Builds what the browser gets: one style sheet and one script for clerks, one of each for residents, for the phone in
// the meeting room and for the wall there, and one icon sprite.
//   the `entries` below  →  dist/ (minified)
//   icons.txt (one name of Tabler's outline icons a line, # begins a comment)  →  dist/icons.svg, <symbol id="name">
// An entry that does not exist or an icon that Tabler does not draw ends the build with its name.
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const drawings = join(here, "node_modules", "@tabler", "icons", "icons", "outline");
const entries = ["css/jiequ.css", "css/room.css", "css/wall.css", "js/jiequ.js", "js/room.js", "js/wall.js"];
// What a resident's and a member's phone gets, which may be seven years old.
const forOldPhones = ["js/resident.js", "js/theme.js", "js/sw.js", "js/visits.js", "js/visits-sw.js"];

async function bundle(entryPoints, target) {
  await build({
    absWorkingDir: here,
    entryPoints,
    outdir: dist,
    entryNames: "[name]",
    bundle: true,
    minify: true,
    format: "iife",
    target,
    legalComments: "none",
    loader: { ".svg": "dataurl", ".png": "dataurl" },
    logLevel: "warning",
  });
}

async function symbol(name) {
  let drawing;
  try {
    drawing = await readFile(join(drawings, `${name}.svg`), "utf8");
  } catch {
    throw new Error(`web/icons.txt names “${name}”, which is not one of Tabler's outline icons`);
  }
  const shapes = drawing
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none"[^>]*\/>/g, "")
    .replace(/\s*\n\s*/g, "");
  // The drawing's own attributes, but not its stroke width: that is for the page's CSS to set on <svg>.
  const look = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${look}>${shapes}</symbol>`;
}

async function sprite() {
  const lines = (await readFile(join(here, "icons.txt"), "utf8")).split("\n").map((line) => line.replace(/#.*/, "").trim());
  const names = [...new Set(lines.filter(Boolean))].sort();
  const symbols = await Promise.all(names.map(symbol));
  await writeFile(join(dist, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`);
}

try {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await Promise.all([
    bundle(entries, ["es2020", "chrome90", "firefox90", "safari14"]),
    bundle(forOldPhones, ["es2017", "chrome70", "firefox62"]), bundle(["css/resident.css", "css/visits.css"], ["chrome70", "firefox62", "safari12"]),
    sprite(), copyFile(join(here, "favicon.svg"), join(dist, "favicon.svg")),
  ]);
} catch (error) {
  console.error(error.errors ? `${error.errors.length} error(s) in the front end` : error.message);
  process.exit(1);
}
