"""Values and times of the metrics next to torchmetrics, scikit-learn and netcal, as a Markdown table.

    python benchmarks/metrics_peers.py [--samples 10000] [--classes 10 100] [--seconds 0.5] [--seed 0]

netcal is left out where it cannot be imported (`pip install netcal`). Logits are normal with standard deviation 2,
the true class gets 2 on top, and class C-1 has no samples. Everybody gets the same float32 probabilities, as
tensors or arrays, on one thread. Times are the fastest of repeated whole calls,
from the probabilities to the number: other work on the machine makes calls slower, never faster.
"""
import argparse, platform, sys, time, warnings
from importlib.metadata import PackageNotFoundError, version
import numpy as np, sklearn.metrics as sk, torch
import torchmetrics.functional.classification as tm
warnings.filterwarnings('ignore')
from lpl_nb import calibration as cal, metrics as ours
try: from netcal.metrics import ECE as NetcalECE, MCE as NetcalMCE
except ImportError: NetcalECE = None

PEERS = 'lpl_nb', 'torchmetrics', 'scikit-learn', 'netcal'

def predictions(n, c, seed):
    "Probabilities (n, c) and labels (n,); the last class does not occur"
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(c - 1, (n,), generator=g)
    logits = 2 * torch.randn(n, c, generator=g)
    logits[range(n), y] += 2
    return logits.softmax(1), y

def functions(p, y):
    "{metric: {peer: function without arguments}}"
    c, p_np, y_np = p.shape[1], p.numpy(), y.numpy()
    calls = {
        'accuracy of class 0': dict(lpl_nb=lambda: ours.class_accuracy(p, y)[0],
            torchmetrics=lambda: tm.multiclass_accuracy(p, y, num_classes=c, average=None)[0],
            sklearn=lambda: sk.recall_score(y_np, p_np.argmax(1), labels=range(c), average=None)[0]),
        'balanced accuracy': dict(lpl_nb=lambda: ours.balanced_accuracy(p, y),
            torchmetrics=lambda: tm.multiclass_accuracy(p, y, num_classes=c, average='macro'),
            sklearn=lambda: sk.balanced_accuracy_score(y_np, p_np.argmax(1))),
        'macro-F1': dict(lpl_nb=lambda: ours.macro_f1(p, y), torchmetrics=lambda: tm.multiclass_f1_score(p, y, num_classes=c, average='macro'),
            sklearn=lambda: sk.f1_score(y_np, p_np.argmax(1), average='macro')),
        'ECE': dict(lpl_nb=lambda: cal.ece(p, y), torchmetrics=lambda: tm.multiclass_calibration_error(p, y, num_classes=c, n_bins=15, norm='l1')),
        'MCE': dict(lpl_nb=lambda: cal.mce(p, y), torchmetrics=lambda: tm.multiclass_calibration_error(p, y, num_classes=c, n_bins=15, norm='max')),
        'class-wise ECE': dict(lpl_nb=lambda: cal.classwise_ece(p, y),
            torchmetrics=lambda: np.mean([float(tm.binary_calibration_error(p[:, k], (y == k).long(), n_bins=15)) for k in range(c)])),
        'NLL': dict(lpl_nb=lambda: cal.nll(p, y), sklearn=lambda: sk.log_loss(y_np, p_np, labels=range(c))),
        'Brier score': dict(lpl_nb=lambda: cal.brier_score(p, y), sklearn=lambda: sk.brier_score_loss(y_np, p_np, labels=range(c))),
    }
    if NetcalECE:
        calls['ECE']['netcal'] = lambda: NetcalECE(15).measure(p_np, y_np)
        calls['MCE']['netcal'] = lambda: NetcalMCE(15).measure(p_np, y_np)
        calls['class-wise ECE']['netcal'] = lambda: np.mean([NetcalECE(15).measure(p_np[:, k], (y_np == k).astype(int)) for k in range(c)])
    return {m: {peer.replace('sklearn', 'scikit-learn'): f for peer, f in d.items()} for m, d in calls.items()}

def fastest_ms(f, seconds):
    "Milliseconds of the fastest call"
    f(); times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter(); f(); times.append((time.perf_counter() - start) * 1e3)
    return min(times)

def row(*cells): return '| ' + ' | '.join(map(str, cells)) + ' |'

def have(name):
    try: return f'{name} {version(name)}'
    except PackageNotFoundError: return f'{name} not installed'

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--samples', type=int, default=10_000)
    ap.add_argument('--classes', type=int, nargs='+', default=[10, 100])
    ap.add_argument('--seconds', type=float, default=.5, help='of each timing')
    ap.add_argument('--seed', type=int, default=0)
    args = ap.parse_args()
    torch.set_num_threads(1)
    print(f"# Metrics next to their peers\n\nMade by `python benchmarks/{' '.join(['metrics_peers.py', *sys.argv[1:]])}`: N = {args.samples:,} samples, one class without any, seed {args.seed}, one thread, {platform.machine()}.\n")
    print(f"{', '.join(have(o) for o in ('torch', 'torchmetrics', 'scikit-learn', 'netcal'))}, Python {platform.python_version()}. A dash: the peer has no such metric. "
          "For the class-wise error, torchmetrics and netcal are called once for each class (their binary error). "
          "In balanced accuracy, torchmetrics counts the absent class as 0 when it is predicted; scikit-learn and lpl_nb leave it out.")
    for c in args.classes:
        table = functions(*predictions(args.samples, c, args.seed))
        for title, cell in (('values', lambda f: f'{float(f()):.6f}'), ('milliseconds a call', lambda f: f'{fastest_ms(f, args.seconds):.2f}')):
            print(f"\n## C = {c}: {title}\n\n{row('metric', *PEERS)}\n{row('---', *['---:'] * len(PEERS))}")
            for metric, calls in table.items(): print(row(metric, *(cell(calls[o]) if o in calls else '–' for o in PEERS)), flush=True)
