"""Imports run downwards only, and this prints them: `make check`.

The notebooks are read in the order of their names. In a notebook that makes a module, no cell, hidden test cells too,
imports the module of a later notebook. A cell `#| export conformance` follows the same rule for its own notebook. Only
tests import the modules that are there for tests, and no module imports itself, not even by way of others."""
import ast, json, re, sys, tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIB, TESTS = 'lpl_nb', ('testing', 'battery', 'conformance')  # The package, and its modules for tests
DIRECTIVE = re.compile(r'^#\|\s*(default_exp|export|exporti|exports)\b[ \t]*(\S*)', re.M)
IN_STRING = re.compile(rf'^[ \t]*(?:from|import) {LIB}\.(\w+)', re.M)

@dataclass
class Cell:
    "A code cell: its place, the module it is exported to (or None), and the modules it imports"
    number: int
    target: str
    imports: list

@dataclass
class Notebook:
    "A notebook: its name, the module it makes (or None), and its code cells"
    name: str
    module: str = None
    cells: list = field(default_factory=list)

def is_main(node):
    "Is it what a module does only as a command, `if __name__ == '__main__'`?"
    return isinstance(node, ast.If) and '__name__' in ast.unparse(node.test)

def imports(src):
    "The modules of the library that a cell imports, at its top, inside of functions, and in code that it holds as text"
    tree = ast.parse(re.sub(r'^[ \t]*[%!].*$', 'pass', src, flags=re.M))     # without magics
    found = []
    for node in (n for top in tree.body if not is_main(top) for n in ast.walk(top)):
        if isinstance(node, ast.Import): names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == LIB: names = [f'{LIB}.{a.name}' for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module: names = [node.module]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str): names = [f'{LIB}.{m}' for m in IN_STRING.findall(node.value)]
        else: continue
        found += [n.split('.')[1] for n in names if n.startswith(LIB + '.') and not n.split('.')[1].startswith('__')]
    return list(dict.fromkeys(found))

def read(path, root):
    "A notebook file as a `Notebook`"
    nb = Notebook(path.relative_to(root).with_suffix('').as_posix())
    for i, cell in enumerate(json.loads(path.read_text(encoding='utf-8'))['cells']):
        if cell['cell_type'] != 'code': continue
        src = ''.join(cell['source'])
        kind, arg = m.groups() if (m := DIRECTIVE.search(src)) else (None, '')
        if kind == 'default_exp': nb.module = arg
        target = (arg or nb.module) if kind in ('export', 'exporti', 'exports') else None
        nb.cells.append(Cell(i, target, imports(src)))
    return nb

def notebooks(root):
    "All notebooks below a folder, in reading order"
    paths = (p for p in root.rglob('*.ipynb') if not any(s[0] in '._' for s in p.relative_to(root).parts))
    return [read(p, root) for p in sorted(paths)]

def graph(nbs):
    "{module: the modules that its exported cells import}, in reading order"
    arrows = {nb.module: [] for nb in nbs if nb.module}
    for cell in (c for nb in nbs for c in nb.cells if c.target):
        arrows.setdefault(cell.target, []).extend(m for m in cell.imports if m not in arrows[cell.target])
    return arrows

def circle(arrows, start):
    "A path from a module to itself along the arrows, or None"
    paths, seen = [[start]], set()
    while paths:
        path = paths.pop()
        for m in arrows.get(path[-1], []):
            if m == start: return [*path, m]
            if m not in seen: paths.append([*path, m])
            seen.add(m)

def problems(nbs):
    "What is wrong, a line each"
    place = {nb.module: i for i, nb in enumerate(nbs) if nb.module}
    for i, nb in enumerate(nbs):
        if not nb.module: continue
        for cell in nb.cells:
            where = f'{nb.name}, cell {cell.number}'
            if cell.target and cell.target not in place: yield f'{where}: exports to {cell.target}, which no notebook makes'
            for m in cell.imports:
                if m not in place: yield f'{where}: imports {LIB}.{m}, which no notebook makes'
                elif place[m] > i: yield f'{where}: imports {LIB}.{m} of a later notebook, {nbs[place[m]].name}'
                if m in TESTS and cell.target and cell.target not in TESTS: yield f'{where}: {LIB}.{cell.target} imports {LIB}.{m}, which is for tests'
    arrows = graph(nbs)
    found = set()
    for m in arrows:
        path = circle(arrows, m)
        if path and frozenset(path) not in found: yield f"a circle: {' → '.join(path)}"
        found.add(frozenset(path or ()))

def table(nbs):
    "What each module imports, a line each"
    arrows = graph(nbs)
    for nb in (nb for nb in nbs if nb.module): yield f"{nb.name:24s}{nb.module:18s}{', '.join(sorted(arrows[nb.module])) or '-'}"

def made_up(**notebooks_):
    "The problems of made-up notebooks, given as lists of cells"
    with tempfile.TemporaryDirectory() as tmp:
        for name, cells in notebooks_.items():
            nb = dict(cells=[dict(cell_type='code', source=src) for src in cells])
            Path(tmp, name.lstrip('n') + '.ipynb').write_text(json.dumps(nb), encoding='utf-8')
        return list(problems(notebooks(Path(tmp))))

def self_test():
    "Made-up notebooks: does the check see what it is for, and nothing else?"
    testing, core = ['#| default_exp testing'], ['#| default_exp core', '#| export\nimport math', f'from {LIB}.testing import f']
    loss = ['#| default_exp loss', f'#| export\nfrom {LIB}.core import g', f'#| export core\nfrom {LIB} import loss']
    assert made_up(n02_testing=testing, n03_core=core, n05_loss=loss[:2], n90_all=[f'from {LIB}.loss import h']) == []
    def fails(message, **more):
        found = made_up(**{**dict(n02_testing=testing, n03_core=core, n05_loss=loss[:2]), **more})
        assert any(message in o for o in found), (message, found)
    fails('03_core, cell 1: imports lpl_nb.loss of a later notebook, 05_loss', n03_core=[core[0], f'#| export\nfrom {LIB}.loss import h'])
    fails('03_core, cell 1: imports lpl_nb.loss', n03_core=[core[0], f'#| hide\ndef test():\n    from {LIB} import loss'])
    fails('03_core, cell 1: imports lpl_nb.loss', n03_core=[core[0], f'script = """\nimport {LIB}.loss\n"""'])
    fails('lpl_nb.core imports lpl_nb.testing, which is for tests', n03_core=[core[0], f'#| export\nimport {LIB}.testing'])
    fails('a circle: core → loss → core', n05_loss=loss)
    fails('imports lpl_nb.cores, which no notebook makes', n05_loss=[loss[0], f'from {LIB}.cores import g'])

if __name__ == '__main__':
    self_test()
    nbs = notebooks(ROOT/'nbs')
    for line in table(nbs): print(line)
    bad = list(problems(nbs))
    for line in bad: print(line)
    print(f'{len(graph(nbs))} modules, {len(bad)} imports that should not be')
    sys.exit(bool(bad))
