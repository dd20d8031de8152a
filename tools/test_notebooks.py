"""Run the notebooks as tests, as `nbdev_test` does, each in a process of its own: `make test`.

Prints a line per notebook with its time, the traceback of each failure, and `N passed, N failed` at the end.
Cells flagged in `tst_flags` (settings.ini), cells with `#| eval: false` and notebooks with `skip_exec: true` are left out."""
import argparse, fnmatch, os, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUDGET, SKIPPED = 60, 77  # seconds that a notebook may take before a warning; exit code of a notebook that is not run

def run_one(fn, flags):
    "Run the notebook `fn` in this process"
    from nbdev.config import get_config
    from nbdev.test import test_nb
    cfg = get_config()
    passed, secs = test_nb(Path(fn), skip_flags=cfg.tst_flags.split(), force_flags=flags, basepath=cfg.config_path)
    sys.exit(1 if not passed else 0 if secs else SKIPPED)

def start(fn, flags, timeout):
    "Run the notebook `fn` in a new process; returns (exit code, seconds, what it wrote)"
    env = {'OMP_NUM_THREADS': '1', 'TOKENIZERS_PARALLELISM': 'false', **os.environ, 'PYTHONPATH': str(ROOT)}
    cmd, t = [sys.executable, __file__, '--one', str(fn), '--flags', ' '.join(flags)], time.time()
    try: res = subprocess.run(cmd, cwd=ROOT/'nbs', env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
    except subprocess.TimeoutExpired as e: return 1, time.time()-t, f'stopped after {timeout} s\n{e.output or ""}'
    return res.returncode, time.time()-t, res.stdout

def notebooks(patterns):
    "The notebooks under nbs/, or those whose name or path matches one of `patterns`"
    found = sorted(p for p in (ROOT/'nbs').rglob('*.ipynb') if not any(s[0] in '._' for s in p.relative_to(ROOT).parts)
                   and not (p.parent/'.notest').exists())
    if not patterns: return found
    match = lambda p: any(fnmatch.fnmatch(p.relative_to(ROOT).as_posix(), f'*{o.removesuffix(".ipynb")}*.ipynb') for o in patterns)
    return [p for p in found if match(p)]

def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('pattern', nargs='*', help='notebooks to run (part of a path, or a glob); all by default')
    ap.add_argument('--flags', default='', help='flags of cells to run that are normally left out, such as "slow"')
    ap.add_argument('--workers', type=int, default=2, help='notebooks at a time')
    ap.add_argument('--timeout', type=int, default=900, help='seconds after which a notebook is stopped and fails')
    ap.add_argument('--one', help=argparse.SUPPRESS)
    args = ap.parse_args()
    flags = args.flags.split()
    if args.one: return run_one(args.one, flags)
    files = notebooks(args.pattern)
    if not files: sys.exit(f'no notebook matches {" ".join(args.pattern) or "nbs/**/*.ipynb"}\n0 passed, 1 failed')
    counts, t0 = {'pass': 0, 'FAIL': 0, 'skip': 0}, time.time()
    with ThreadPoolExecutor(args.workers) as pool:
        for fn, (code, secs, text) in zip(files, pool.map(lambda f: start(f, flags, args.timeout), files)):
            word = {0: 'pass', SKIPPED: 'skip'}.get(code, 'FAIL')
            counts[word] += 1
            slow = f'   over {BUDGET} s: move work to a `#| slow` cell' if secs > BUDGET and not flags else ''
            print(f'{word}  {secs:6.1f} s  {fn.relative_to(ROOT)}{slow}', flush=True)
            if word == 'FAIL': print(text.rstrip() or f'(no output; exit code {code})', flush=True)
    print(f'{time.time()-t0:.0f} s in all, {counts["skip"]} not run (skip_exec)')
    print(f'{counts["pass"]} passed, {counts["FAIL"]} failed')
    sys.exit(bool(counts['FAIL']))

if __name__ == '__main__': main()
