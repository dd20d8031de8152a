"""Time the mixing of a batch by UniMix, next to a loop over its images and to fastai's MixUp, and Bayias next to cross-entropy.

    python benchmarks/bench_mixing.py [--threads 1] [--seconds 3] [--no-compile]

The loop is written as the published code of UniMix does it: a draw, a factor and a mixture for each image, and a stack.
The callbacks are called as a Learner calls them before a batch. The ways are timed in turn, so that a machine that slows
down slows all of them; the figure is the best of the rounds, since other programs can only add to it. With one thread it
is processor time.
"""
import argparse, platform, time, warnings
warnings.filterwarnings('ignore')
import numpy as np, torch, torch.nn.functional as F
from fastai.callback.mixup import MixUp
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from lpl_nb.bayias import BayiasLoss
from lpl_nb.data import imbalanced_counts
from lpl_nb.unimix import UniMix, unimix

def loop(x, y, counts, alpha=.8, tau=-.5):
    "UniMix image by image"
    n = counts[y].double().numpy()
    partner = np.random.choice(len(y), len(y), p=n**tau / (n**tau).sum())
    mixed, lams = [], []
    for i, j in enumerate(partner):
        lam = np.random.beta(alpha, alpha) + n[j] / (n[i] + n[j])
        lam = lam - 1 if lam > 1 else lam
        mixed.append(lam * x[i] + (1 - lam) * x[j]); lams.append(lam)
    return torch.stack(mixed), y[torch.from_numpy(partner)], torch.tensor(lams)

def as_callback(cb, x, y):
    "A function that calls `cb` as at the beginning of a training batch"
    learn = Learner(DataLoaders.from_dsets([(x[0], 0)]*2, bs=2, device='cpu'), torch.nn.Flatten(), loss_func=F.cross_entropy, cbs=cb)
    learn.training, learn.epoch, learn.n_epoch, learn.iter, learn.n_iter = True, 0, 1, 0, 10
    if isinstance(cb, UniMix): cb.before_fit(); cb.before_train()
    else: cb.stack_y = True
    def step():
        learn.xb, learn.yb = (x,), (y,)
        cb.before_batch()
    return step

def best_times(ways, seconds):
    "Best seconds of each function, timed in turn; a result lives until the next call, as a batch does"
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    best, kept, end, rounds = dict.fromkeys(ways, float('inf')), {}, time.perf_counter() + seconds, 0
    while time.perf_counter() < end or rounds < 5:
        for name, f in ways.items():
            start = clock(); kept[name] = f(); took = clock() - start
            if rounds: best[name] = min(best[name], took)                      # the first round warms up
        rounds += 1
    return best

def mixing_ways(shape, counts):
    x, y = torch.rand(shape), torch.multinomial(counts.double(), shape[0], replacement=True)
    return {'loop': lambda: loop(x, y, counts), '`unimix`': lambda: unimix(x, y, counts),
            '`UniMix` callback': as_callback(UniMix(counts, seed=0), x, y), "fastai's MixUp": as_callback(MixUp(.4), x, y)}

def loss_ways(B, C, compile):
    x, y, losses = torch.randn(B, C, requires_grad=True), torch.randint(C, (B,)), {'cross-entropy': F.cross_entropy, 'Bayias': BayiasLoss(torch.arange(1, C + 1))}
    def step(loss): x.grad = None; loss(x, y).backward()
    torch._dynamo.reset()                                                      # or the second shape would be compiled for all shapes
    make = torch.compile if compile else lambda f: f
    return {name: (lambda f=make(loss): step(f)) for name, loss in losses.items()}

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--threads', type=int, default=1)
    ap.add_argument('--seconds', type=float, default=3, help='for each row')
    ap.add_argument('--no-compile', action='store_true')
    args = ap.parse_args()
    torch.manual_seed(0); np.random.seed(0); torch.set_num_threads(args.threads)
    counts = torch.tensor(imbalanced_counts(5000, 10, 100))
    print(f'torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, {args.threads} thread{"s"[:args.threads > 1]}\n')
    print('| images | way | ms | speed-up over the loop |\n|---|---|---|---|')
    for shape in ((128, 3, 32, 32), (32, 1, 8, 8), (64, 3, 112, 112)):
        times = best_times(mixing_ways(shape, counts), args.seconds)
        for name, t in times.items(): print(f"| {' x '.join(map(str, shape))} | {name} | {1e3*t:.2f} | {times['loop']/t:.1f} |")
    print('\n| mode | B x C | cross-entropy (us) | Bayias (us) | ratio |\n|---|---|---|---|---|')
    for mode in ('eager',) + ('compiled',)*(not args.no_compile):
        for B, C in ((128, 10), (512, 1000), (256, 8142)):
            ce, bayias = best_times(loss_ways(B, C, mode == 'compiled'), args.seconds).values()
            print(f'| {mode} | {B} x {C} | {1e6*ce:.0f} | {1e6*bayias:.0f} | {bayias/ce:.2f} |')
