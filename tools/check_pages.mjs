// Open every page of _docs in Chromium, wide and narrow: `node tools/check_pages.mjs`.
// A page fails on a console error, a failed request, a picture that does not show, or maths that is not typeset.
// Chromium: $CHROMIUM, or chromium on the PATH. playwright-core is installed into .cache on first use.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const docs = resolve(process.argv[2] ?? join(root, '_docs'))
const npm = join(root, '.cache', 'npm'), PLAYWRIGHT = 'playwright-core@1.55.0'
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
                '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.woff2': 'font/woff2', '.woff': 'font/woff' }

function playwright() {
  if (!existsSync(join(npm, 'node_modules', 'playwright-core'))) {
    mkdirSync(npm, { recursive: true })
    if (!existsSync(join(npm, 'package.json'))) writeFileSync(join(npm, 'package.json'), '{"private": true}')
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', npm, PLAYWRIGHT], { stdio: 'inherit' })
  }
  return createRequire(join(npm, 'package.json'))('playwright-core')
}

function browser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  for (const name of ['chromium', 'chromium-browser', 'google-chrome'])
    for (const dir of process.env.PATH.split(':')) if (existsSync(join(dir, name))) return join(dir, name)
  console.error('No Chromium found. On Debian or Ubuntu: apt-get install chromium; or set CHROMIUM=/path/to/it')
  process.exit(1)
}

const pagesIn = dir => readdirSync(dir).sort().flatMap(n => {
  const p = join(dir, n)
  return statSync(p).isDirectory() ? (n === 'site_libs' ? [] : pagesIn(p)) : extname(n) === '.html' ? [p] : []
})

function serve() {
  const server = createServer((req, res) => {
    const path = join(docs, decodeURIComponent(new URL(req.url, 'http://x').pathname).replace(/\/$/, '/index.html'))
    if (path.endsWith('favicon.ico') && !existsSync(path)) return res.writeHead(204).end()
    if (!path.startsWith(docs) || !existsSync(path) || statSync(path).isDirectory()) return res.writeHead(404).end()
    res.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(path))
  })
  return new Promise(ok => server.listen(0, '127.0.0.1', () => ok([server, `http://127.0.0.1:${server.address().port}`])))
}

async function look(page, url) {
  const problems = new Set(), note = t => problems.add(t)
  page.on('pageerror', e => note(`error: ${e.message}`))
  page.on('console', m => m.type() === 'error' && note(`console: ${m.text()}`))
  page.on('requestfailed', r => note(`request failed: ${r.url()}`))
  page.on('response', r => r.status() >= 400 && note(`${r.status()}: ${r.url()}`))
  await page.goto(url, { waitUntil: 'load' })
  await page.evaluate(() => Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().catch(() => {}) })))
  await page.waitForTimeout(200)
  const found = await page.evaluate(() => [
    ...[...document.images].filter(i => !i.naturalWidth).map(i => `picture does not show: ${i.src.slice(0, 80)}`),
    ...[...document.querySelectorAll('.math')].filter(e => !e.querySelector('.katex, mjx-container')).map(e => `maths not typeset: ${e.textContent.slice(0, 60)}`),
    ...[...document.querySelectorAll('.katex-error, mjx-merror')].map(e => `maths error: ${e.title || e.textContent.slice(0, 60)}`)])
  found.forEach(note)
  return [...problems]
}

if (!existsSync(docs)) { console.error(`${docs} is missing: run make docs`); process.exit(1) }
const { chromium } = playwright(), executablePath = browser(), profile = mkdtempSync(join(tmpdir(), 'lpl_nb_pages'))
const [server, base] = await serve()
const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: ['--headless', '--no-sandbox',
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const files = pagesIn(docs)
let bad = 0
for (const width of [1280, 390]) for (const file of files) {
  const page = await context.newPage(), name = relative(docs, file)
  await page.setViewportSize({ width, height: 900 })
  const problems = await look(page, `${base}/${name}`)
  for (const p of problems) console.log(`${name} at ${width} px: ${p}`)
  bad += problems.length > 0
  await page.close()
}
await context.close()
server.close()
rmSync(profile, { recursive: true, force: true })
console.log(`${files.length} pages opened at 1280 and 390 px, ${bad} with problems`)
process.exit(bad || !files.length ? 1 : 0)
