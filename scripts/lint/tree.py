"""What the lints read: the files that git knows and that are there."""
import os
import subprocess

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))


def names_of(*patterns):
    """The files that match, in order."""
    names = subprocess.run(['git', 'ls-files', *patterns], check=True,
                           capture_output=True, text=True).stdout.split('\n')
    return sorted(name for name in names if os.path.isfile(name))


def product():
    """The C sources and headers of what we ship."""
    return names_of('*.c', '*.h', ':!tests', ':!scripts')


def text_of(name):
    """The whole file."""
    with open(name, encoding='utf-8') as file:
        return file.read()
