"Packaging: everything comes from settings.ini."
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
parser = ConfigParser(delimiters=['='])
parser.read(here/'settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']
name, repo = cfg['lib_name'], f"{cfg['git_url']}/%s/{cfg['branch']}/"
statuses = {'1': '1 - Planning', '2': '2 - Pre-Alpha', '3': '3 - Alpha', '4': '4 - Beta', '5': '5 - Production/Stable'}

def long_description():
    "The README with its relative links and pictures made absolute, as a package index needs them."
    readme = here/'README.md'
    if not readme.exists(): return cfg['description']
    text = re.sub(r'(!\[[^\]]*\]\()(?!\w+:|#)', rf'\g<1>{repo % "raw"}', readme.read_text(encoding='utf-8'))
    return re.sub(r'(?<!!)(\[[^\]]*\]\()(?!\w+:|#)', rf'\g<1>{repo % "blob"}', text)

setup(
    name=name,
    version=cfg['version'],
    description=cfg['description'],
    long_description=long_description(),
    long_description_content_type='text/markdown',
    keywords=cfg['keywords'].split(),
    author=cfg['author'],
    author_email=cfg['author_email'],
    license_expression='Apache-2.0',
    license_files=['LICENSE'],
    url=cfg['git_url'],
    project_urls={'Documentation': cfg['doc_host'] + cfg['doc_baseurl'], 'Source': cfg['git_url']},
    classifiers=[
        f"Development Status :: {statuses[cfg['status']]}",
        f"Intended Audience :: {cfg['audience']}",
        f"Natural Language :: {cfg['language']}",
        *[f'Programming Language :: Python :: 3.{v}' for v in range(int(cfg['min_python'].split('.')[1]), 14)],
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
    ],
    packages=find_packages(include=[name, f'{name}.*']),
    package_data={name: ['py.typed']},
    python_requires=f">={cfg['min_python']}",
    install_requires=cfg['requirements'].split(),
    extras_require={'dev': cfg['dev_requirements'].split()},
    entry_points={'console_scripts': cfg['console_scripts'].split(), 'nbdev': [f'{name}={name}._modidx:d']},
    zip_safe=False,
)
