"""Long-tailed CIFAR-10, 100:1, with ResNet-8: 30 epochs of SGD with one cycle of the learning rate, in bfloat16.

    python experiments/cifar10_lt.py OUT --csv nbs/results/cifar10_lt.csv

trains cross-entropy, logit adjustment, LPL, and LPL behind logit adjustment with three seeds each, in 45 minutes on two
quiet cores. An interrupted run goes on where it was. `--methods` takes all that `lpl_nb.registry.parse_method` reads,
as in `ldam+drw(start=.6)`; bounds of LPL may also be given in units of the log-prior gap, as in `la+lpl:.1/.1`. `--held-out`
validates on 500 training images of each class instead of the test set, for choosing options. CIFAR-10 is found as
`lpl_nb.images.find_data` says, or by `--data`.
"""
import argparse, math, warnings
from pathlib import Path
warnings.filterwarnings('ignore', category=FutureWarning)
import lpl_nb.all
from lpl_nb.compare import compare
from lpl_nb.recipes import RECIPES
from lpl_nb.report import add_rows

GAP = math.log(100) # Of the log-priors of the first and the last class

def method(text):
    "A method as `compare` takes it; bounds of LPL in units of the gap are translated"
    name, _, bounds = text.partition(':')
    if not bounds: return name
    head, tail = (float(b) * GAP for b in bounds.split('/'))
    return dict(name=name, label=text, lpl=dict(delta_epsilon=(head, tail), alpha=max(head, tail) / 10))

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('out', help='folder for the runs')
    ap.add_argument('--data', help='zip file or folder of CIFAR-10; default: see lpl_nb.images.find_data')
    ap.add_argument('--methods', nargs='+', default=['ce', 'la', 'lpl', 'la+lpl'])
    ap.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    ap.add_argument('--epochs', type=int, default=30)
    ap.add_argument('--lr', type=float, default=.4, help='highest learning rate; chosen from .1, .2 and .4 by --held-out --methods ce --seeds 0')
    ap.add_argument('--held-out', action='store_true')
    ap.add_argument('--csv', help='table to write into; rows of other methods and seeds stay')
    args = ap.parse_args()
    recipe = RECIPES['cifar10-lt']
    dls = recipe.dls(valid='held-out' if args.held_out else 'test', path=args.data)
    options = dict(recipe.options(), epochs=args.epochs, lr=args.lr)
    result = compare(dls, [method(m) for m in args.methods], seeds=args.seeds, out=args.out, **options)
    print(result.to_markdown())
    if len(result.methods) > 1: print(result.differences_markdown())
    if args.csv: add_rows(result.table.drop(columns='seconds'), Path(args.csv))
