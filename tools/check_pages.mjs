// Open every page of _docs in Chromium, wide and narrow: `node tools/check_pages.mjs`.
// A page fails on a console error, a failed or foreign request, a picture that does not show or has no alt text, maths that
// is not typeset, text that is hard to read in the light or the dark theme, and on anything wider than the screen. The
// toggle of the theme, the menu on a phone and the search are tried.
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
const SEARCHES = [['logit perturbation', 'lpl.html'], ['class_counts', 'core.html#class_counts'], ['long tail', 'data.html']]  // what is typed, the page it must list
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
                '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.woff2': 'font/woff2', '.woff': 'font/woff' }

function playwright() {
  const have = join(npm, 'node_modules', 'playwright-core', 'package.json')
  if (!existsSync(have) || JSON.parse(readFileSync(have)).version !== PLAYWRIGHT.split('@')[1]) {
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

// What is wrong with the page as it is shown, in words. Runs in the page.
function inspect() {
  const all = q => [...document.querySelectorAll(q)], short = e => e.textContent.trim().slice(0, 50), problems = []
  const alt = i => i.getAttribute('alt')?.trim() ?? ''
  for (const i of document.images) {
    if (!i.naturalWidth) problems.push(`picture does not show: ${i.src.slice(0, 80)}`)
    if (alt(i).length < 10 || /\.(png|svg|jpe?g|gif)$/i.test(alt(i))) problems.push(`picture without alt text: "${alt(i)}", ${i.src.slice(0, 60)}`)
  }
  for (const e of all('.math')) if (!e.querySelector('.katex, mjx-container')) problems.push(`maths not typeset: ${short(e)}`)
  for (const e of all('.katex-error, mjx-merror')) problems.push(`maths error: ${e.title || short(e)}`)
  const wide = document.documentElement.scrollWidth
  if (wide > innerWidth) problems.push(`the page is ${wide} px wide`)
  for (const e of all('main pre, main table, main .math.display, main img')) {  // within the page, or in a box that scrolls
    let box = e
    while (box !== document.body && !/auto|scroll/.test(getComputedStyle(box).overflowX)) box = box.parentElement
    if (e.getBoundingClientRect().right > innerWidth + 1 && box === document.body) problems.push(`reaches beyond the page: ${e.tagName} ${short(e)}`)
  }
  return problems
}

// Texts with less contrast to what is behind them than WCAG AA asks for: 4.5, or 3 for large ones. Runs in the page.
function faint() {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true }), known = new Map()
  const rgba = css => {
    if (!known.has(css)) {
      pen.clearRect(0, 0, 1, 1); pen.fillStyle = css; pen.fillRect(0, 0, 1, 1)
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data
      known.set(css, [r, g, b, a/255])
    }
    return known.get(css)
  }
  const over = ([r, g, b, a], below) => [r, g, b].map((v, i) => v*a + below[i]*(1 - a))
  const grounds = new Map([[null, { back: [255, 255, 255], opacity: 1 }]])
  const ground = e => {                                             // the colour behind an element, and how opaque it is
    if (!grounds.has(e)) {
      const style = getComputedStyle(e), below = ground(e.parentElement)
      grounds.set(e, { back: over(rgba(style.backgroundColor), below.back), opacity: below.opacity*style.opacity })
    }
    return grounds.get(e)
  }
  const light = c => c.map(v => v/255).map(v => v <= .04045 ? v/12.92 : ((v + .055)/1.055)**2.4).reduce((s, v, i) => s + v*[.2126, .7152, .0722][i], 0)
  const found = new Map()
  for (const e of document.querySelectorAll('body *')) {
    const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('')
    if (!text || !e.getClientRects().length || e.closest('script, style, svg, .katex-mathml, .anchorjs-link') || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    const style = getComputedStyle(e), { back, opacity } = ground(e), [r, g, b, a] = rgba(style.color)
    const [x, y] = [light(over([r, g, b, a*opacity], back)), light(back)].sort((p, q) => q - p), size = parseFloat(style.fontSize)
    const ratio = (x + .05)/(y + .05), need = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5
    if (ratio < need) found.set(`${style.color} on ${back.map(Math.round)}`, `contrast ${ratio.toFixed(1)}: <${e.tagName.toLowerCase()} class="${e.className}"> ${text.slice(0, 40)}`)
  }
  return [...found.values()]
}

async function open(context, width, url) {
  const page = await context.newPage(), problems = new Set(), note = t => problems.add(t)
  await page.setViewportSize({ width, height: 900 })
  page.on('pageerror', e => note(`error: ${e.message}`))
  page.on('console', m => m.type() === 'error' && note(`console: ${m.text()}`))
  page.on('requestfailed', r => note(`request failed: ${r.url()}`))
  page.on('request', r => /^(data|blob):/.test(r.url()) || r.url().startsWith(base) || note(`not from this site: ${r.url()}`))
  page.on('response', r => r.status() >= 400 && note(`${r.status()}: ${r.url()}`))
  await page.goto(url, { waitUntil: 'load' })
  await page.evaluate(() => Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().catch(() => {}) })))
  await page.waitForTimeout(200)
  return { page, problems }
}

const dark = page => page.evaluate(() => !!document.querySelector('.quarto-dark'))
const toggle = async page => { await page.click('.quarto-color-scheme-toggle'); await page.waitForTimeout(200) }

// A page at one width: as it comes, in light; then, where `both`, in dark
async function look(context, width, url, both) {
  const { page, problems } = await open(context, width, url)
  const note = (mode, found) => found.forEach(t => problems.add(`${mode}: ${t}`))
  note('light', [...await page.evaluate(inspect), ...await page.evaluate(faint)])
  if (both) {
    await toggle(page)
    note('dark', await dark(page) ? await page.evaluate(faint) : ['the toggle does not make the page dark'])
    await page.click('.quarto-color-scheme-toggle')
  }
  if (width < 992) {
    await page.click('.quarto-btn-toggle')
    await page.waitForTimeout(300)
    if (!await page.evaluate(() => document.querySelector('#quarto-sidebar a.active')?.getBoundingClientRect().left >= 0)) problems.add('the button does not show the sidebar')
  }
  await page.close()
  return [...problems]
}

// The choice of dark is kept from page to page, and the search box finds pages
async function behaves(context) {
  const { page, problems } = await open(context, 1280, `${base}/index.html`)
  await toggle(page)
  await page.click('.nav-page-next a')
  await page.waitForLoadState()
  if (!await dark(page)) problems.add('the choice of dark is lost on the next page')
  await toggle(page)
  await page.reload()
  if (await dark(page)) problems.add('the choice of light is lost when the page is loaded again')
  for (const [query, want] of SEARCHES) {
    await page.fill('#quarto-search input', query)
    await page.waitForTimeout(600)
    const found = await page.$$eval('#quarto-search a.search-result, .aa-Panel a', links => links.map(a => a.getAttribute('href')))
    if (!found.some(h => h.replace('./', '').startsWith(want))) problems.add(`a search for "${query}" does not list ${want} but ${found.slice(0, 5)}`)
  }
  await page.close()
  return [...problems]
}

if (!existsSync(docs)) { console.error(`${docs} is missing: run make docs`); process.exit(1) }
const { chromium } = playwright(), executablePath = browser(), profile = mkdtempSync(join(tmpdir(), 'lpl_nb_pages'))
const [server, base] = await serve()
const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, colorScheme: 'light', args: ['--headless', '--no-sandbox',
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const files = pagesIn(docs)
let bad = 0
const report = (name, problems) => { for (const p of problems) console.log(`${name}: ${p}`); bad += problems.length > 0 }
for (const width of [1280, 390]) for (const file of files)
  report(`${relative(docs, file)} at ${width} px`, await look(context, width, `${base}/${relative(docs, file)}`, width === 1280))
report('search and theme', await behaves(context))
await context.close()
server.close()
rmSync(profile, { recursive: true, force: true })
console.log(`${files.length} pages opened at 1280 px (light and dark) and 390 px, ${bad} with problems`)
process.exit(bad || !files.length ? 1 : 0)
