"Every link, picture, script and anchor inside _docs leads somewhere. Links to other sites are not followed."
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent

class Page(HTMLParser):
    "Collects the anchors of a page and what it refers to"
    def __init__(self, path):
        super().__init__()
        self.ids, self.refs = set(), []
        self.feed(path.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        d = dict(attrs)
        self.ids.update(v for k in ('id', 'name') if (v := d.get(k)))
        if tag == 'link' and d.get('rel') in ('canonical', 'preconnect'): return
        self.refs += [d[k] for k in ('href', 'src') if d.get(k)]

def broken(docs):
    "The (page, reference, why) of each reference that leads nowhere"
    pages = {p.resolve(): Page(p) for p in sorted(docs.rglob('*.html'))}
    for path, page in pages.items():
        for ref in page.refs:
            url = urlsplit(ref)
            if url.scheme or url.netloc: continue
            base = docs if url.path.startswith('/') else path.parent
            to = (base/unquote(url.path).lstrip('/')).resolve() if url.path else path
            if to.is_dir(): to = to/'index.html'
            if not to.is_file(): yield path, ref, 'no such file'
            elif docs.resolve() not in to.parents: yield path, ref, 'outside the site'
            elif url.fragment and to in pages and unquote(url.fragment) not in pages[to].ids | {'', 'top'}: yield path, ref, 'no such anchor'

if __name__ == '__main__':
    docs = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT/'_docs'
    n = len(list(docs.rglob('*.html')))
    bad = list(broken(docs))
    for path, ref, why in bad: print(f'{path.relative_to(docs.resolve())}: {ref}: {why}')
    print(f'{n} pages, {len(bad)} broken links')
    sys.exit(bool(bad) or not n)
