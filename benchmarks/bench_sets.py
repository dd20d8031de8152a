"""Time the threshold of average-K next to one full sort of the same scores, and show the memory that it needs; then the
sets of other libraries on the same predictions as ours.

    python benchmarks/bench_sets.py [--inputs 100000] [--classes 1000] [--threads 1] [--no-torch-sort] [--no-peers]

Scores are float32 softmax predictions. Each way is run three times, the figure is the best; with one thread it is
processor time. The peak is that of the process (interpreter, libraries and the scores themselves) after all fits and
before the first sort. The second table needs TorchCP (`pip install torchcp`), and says so if it is not there: LAC, APS
and RAPS beside ours, a net trained by the recipe of the long-tailed digits, held-out images for calibration, test images
judged.
"""
import argparse, platform, resource, time, warnings
warnings.filterwarnings('ignore')
import numpy as np, torch
from lpl_nb.average_k import AverageK
from lpl_nb.conformal import Conformal, PAS, set_scores
from lpl_nb.core import class_counts
from lpl_nb.recipes import RECIPES

def predictions(n, C):
    "Softmax of normal logits, made a thousand rows at a time"
    res = torch.empty(n, C)
    for rows in res.split(1000): rows.copy_((2 * torch.randn(rows.shape)).softmax(1))
    return res

def best_time(f, repeats=3):
    "Best seconds of a function"
    clock, times = time.process_time if torch.get_num_threads() == 1 else time.perf_counter, []
    for _ in range(repeats):
        start = clock()
        f()
        times.append(clock() - start)
    return min(times)

def peak_gb():
    "Largest memory that the process has held, GB"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if platform.system() == 'Darwin' else 1024) / 1e9

def stream(p):
    "A thousand rows at a time, each read once"
    rule = AverageK(5)
    for rows in p.split(1000): rule.partial_fit(rows)
    return rule.finish()

def threshold_table(n, C, torch_sort):
    p = predictions(n, C)
    ways = {'`AverageK(5).fit`': lambda: AverageK(5).fit(p), '`partial_fit`, 1000 rows each': lambda: stream(p)}
    before = peak_gb()
    times, peak = {name: best_time(f) for name, f in ways.items()}, peak_gb()
    times['`np.sort` of all scores'] = best_time(lambda: np.sort(p.numpy().ravel()))
    if torch_sort: times['`torch.sort` of all scores'] = best_time(lambda: p.flatten().sort(), 1)
    sort = times['`np.sort` of all scores']
    print(f'{n} x {C} float32 scores, {4e-9 * n * C:.2f} GB. Peak {before:.2f} GB before and {peak:.2f} after fitting\n')
    print('| way | seconds | share of `np.sort` |\n|---|---:|---:|')
    for name, t in times.items(): print(f'| {name} | {t:.2f} | {t / sort:.2f} |')

def theirs(alpha):
    "{name: function of calibration logits and labels, and test logits} of TorchCP's sets"
    from torchcp.classification.predictor import SplitPredictor
    from torchcp.classification.score import APS, LAC, RAPS
    def sets(score, u, y, new):
        torch.manual_seed(0)                                           # APS and RAPS draw numbers
        predictor = SplitPredictor(score)
        predictor.calculate_threshold(u, y, alpha)
        return torch.as_tensor(predictor.predict_with_logits(new)).bool()
    scores = dict(LAC=LAC(), APS=APS(), RAPS=RAPS(penalty=.1, kreg=2))
    return {f'{name} (TorchCP)': lambda u, y, new, s=s: sets(s, u, y, new) for name, s in scores.items()}

def peers_table(alpha=.1):
    try: peers = theirs(alpha)
    except ImportError as e:
        print(f'\nTorchCP is not installed ({e}): no other libraries.')
        peers = {}
    recipe = RECIPES['digits']
    learn, test = recipe.train('ce', seed=0, valid='held-out'), recipe.dls('test').valid
    counts = class_counts(learn.dls)
    with learn.no_logging(), learn.no_bar(): (p, y), (new, labels) = learn.get_preds(), learn.get_preds(dl=test)
    ours = {'`Conformal`': Conformal(alpha), '`PAS`': PAS(counts, alpha),
            '`PAS`, balanced': PAS(counts, alpha, balanced=True)}
    sets = {name: rule.fit(p, y).predict(new) for name, rule in ours.items()}
    sets |= {name: f(p.log(), y, new.log()) for name, f in peers.items()}
    print(f'\n| sets, digits 100:1, alpha = {alpha} | size | coverage | classes below half |\n|---|---:|---:|---:|')
    for name, s in sets.items():
        r = set_scores(s, labels)
        print(f"| {name} | {r['size']:.2f} | {r['coverage']:.3f} | {r['below_half']:.0%} |")

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--inputs', type=int, default=100_000)
    ap.add_argument('--classes', type=int, default=1000)
    ap.add_argument('--threads', type=int, default=1)
    ap.add_argument('--no-torch-sort', action='store_true', help='leave out the slowest way')
    ap.add_argument('--no-peers', action='store_true', help='leave out the second table')
    args = ap.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    print(f'torch {torch.__version__}, numpy {np.__version__}, {platform.machine()}, '
          f'{torch.backends.cpu.get_cpu_capability()}, {args.threads} thread{"s"[:args.threads > 1]}\n')
    threshold_table(args.inputs, args.classes, not args.no_torch_sort)
    if not args.no_peers: peers_table()
