// Runs Lighthouse, as on a phone, on addresses given one a line, and answers each with its scores and times.
//     node lighthouse.mjs MODULES CHROMIUM FLAGS...
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [modules, chromePath, ...chromeFlags] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(createRequire(`${modules}/`).resolve(name)));
const { default: lighthouse } = await load("lighthouse");
const { launch } = await load("chrome-launcher");

const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", ...chromeFlags] });
for await (const address of createInterface({ input: process.stdin })) {
  const { lhr } = await lighthouse(address, { port: chrome.port, logLevel: "error" });
  const scores = ["performance", "accessibility", "best-practices", "seo"].map((name) => lhr.categories[name].score * 100);
  const failed = Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => score === 0 && scoreDisplayMode === "binary");
  const time = (name) => lhr.audits[name].numericValue;
  console.log(
    JSON.stringify({
      scores,
      lcp: time("largest-contentful-paint") / 1000,
      cls: time("cumulative-layout-shift"),
      tbt: time("total-blocking-time"),
      failed: failed.map(({ id }) => id),
    }),
  );
}
await chrome.kill();
