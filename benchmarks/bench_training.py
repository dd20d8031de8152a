"""Time a training step of the CIFAR networks, with and without bfloat16 and channels_last, and what the batches cost.

    python benchmarks/bench_training.py [--threads 2] [--seconds 8] [--bs 128] [--models resnet8 resnet32]

Images are random bytes of CIFAR's shape: no download. A step is forward, backward and an SGD update, run by fastai's
Learner with the callbacks that a user would pass. The ways are timed in turn, a few steps of each, until the time is
up, so that a machine that slows down slows all of them; the figure is the median step. The pipeline is what
`cifar10_lt` does for a batch: cut bytes out of memory, crop, flip, to float, normalise.
"""
import argparse, platform, statistics, time, warnings
warnings.filterwarnings('ignore')
import torch, torch.nn.functional as F
from fastai.callback.channelslast import ChannelsLast
from fastai.callback.core import Callback
from fastai.data.transforms import Normalize
from fastai.learner import Learner
from fastai.optimizer import SGD
import lpl_nb.models as models
from lpl_nb.data import arrays_dls
from lpl_nb.images import RandomCropFlip

class ChannelsFirst(Callback):
    "Batches as ordinary loaders make them; ours come out of the cropping with the channels last"
    def before_batch(self): self.learn.xb = tuple(x.contiguous() for x in self.xb)

WAYS = {'float32': (ChannelsFirst,), 'float32, channels last': (ChannelsLast,), 'bfloat16': (models.Autocast, ChannelsFirst),
        'bfloat16, channels last': (models.Autocast, ChannelsLast)}

class Times(Callback):
    "Seconds of each training step, without the loading of its batch"
    order = -100
    def __init__(self): self.steps = []
    def before_batch(self): self.start = time.perf_counter()
    def after_batch(self): self.steps.append(time.perf_counter() - self.start)

def make_dls(bs, n_batches=3):
    x, y = torch.randint(256, (bs*n_batches, 3, 32, 32), dtype=torch.uint8), torch.arange(bs*n_batches) % 10
    tfms = [RandomCropFlip(), Normalize.from_stats((.49, .48, .45), (.25, .24, .26), cuda=False)]
    return arrays_dls(x, y, x[:bs], y[:bs], bs=bs, batch_tfms=tfms, device='cpu')

def step_times(model, dls, seconds):
    "Median seconds of a step, for each way"
    learners, times = {}, {way: Times() for way in WAYS}
    for way, cbs in WAYS.items():
        learners[way] = Learner(dls, getattr(models, model)(), loss_func=F.cross_entropy, opt_func=SGD, lr=.01, cbs=[c() for c in cbs])
        learners[way].remove_cbs([cb for cb in learners[way].cbs if cb.name == 'progress'])
    end, rounds = time.perf_counter() + seconds, 0
    while time.perf_counter() < end or rounds < 2:
        for way, learn in learners.items():
            with learn.no_logging(): learn.fit(1, cbs=times[way])
        rounds += 1
        if rounds == 1: [t.steps.clear() for t in times.values()]            # the first round warms up
    return {way: statistics.median(t.steps) for way, t in times.items()}

def pipeline_time(dls, seconds):
    "Median seconds that a training batch costs"
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        batches, start = iter(dls.train), time.perf_counter()
        for _ in batches: times.append(time.perf_counter() - start); start = time.perf_counter()
    return statistics.median(times)

if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--threads', type=int, default=2)
    ap.add_argument('--seconds', type=float, default=30, help='for each model')
    ap.add_argument('--bs', type=int, default=128)
    ap.add_argument('--models', nargs='+', default=['resnet8', 'resnet32'])
    args = ap.parse_args()
    torch.manual_seed(0); torch.set_num_threads(args.threads)
    dls = make_dls(args.bs)
    print(f'torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, {args.threads} threads, batches of {args.bs} images\n')
    pipeline = pipeline_time(dls, 2)
    print(f'A batch costs {1e3*pipeline:.1f} ms before it reaches the model.\n')
    print('| model | way | ms a step | images/s | speed-up | pipeline / step |\n|---|---|---|---|---|---|')
    for model in args.models:
        times = step_times(model, dls, args.seconds)
        for way, t in times.items():
            print(f"| {model} | {way} | {1e3*t:.0f} | {args.bs/t:.0f} | {times['float32']/t:.2f} | {pipeline/t:.1%} |")
