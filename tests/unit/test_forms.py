"""Sources of one vendor poll at the same time, and none takes the others down."""

from __future__ import annotations

import subprocess
import sys

RACE = '''
import sys, threading, types
import msgspec
from connectors import forms

sys.setswitchinterval(1e-6)
FORMS = """
from __future__ import annotations
class Part(msgspec.Struct):
    a: int
class Whole(msgspec.Struct):
""" + "".join(f"    x{n}: Part | None = None\\n" for n in range(30))

def vendor(number):
    module = types.ModuleType(f"vendor{number}.wire")
    module.msgspec = msgspec
    sys.modules[module.__name__] = module
    exec(FORMS, module.__dict__)
    return module

def poll(module, together):
    together.wait()
    IN_EACH
    assert msgspec.json.decode(b'{"x29": {"a": 2}}', type=module.Whole).x29.a == 2

for number in range(400):
    module, together = vendor(number), threading.Barrier(2)
    BEFORE
    both = [threading.Thread(target=poll, args=(module, together)) for _ in range(2)]
    for one in both: one.start()
    for one in both: one.join()
'''


def ended(*, before: str = "pass", in_each: str = "pass") -> int:
    """How a process ends in which two threads decode what is new, four hundred times."""
    text = RACE.replace("BEFORE", before).replace("IN_EACH", in_each)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=False)
    assert done.returncode <= 0, done.stderr.decode()
    return done.returncode


def test_what_was_learned_before_is_safe_in_threads() -> None:
    assert ended(before='forms.learn(f"vendor{number}")') == 0


def test_what_is_learned_in_threads_is_learned_one_by_one() -> None:
    assert ended(in_each="forms.decoder(module.Whole)") == 0
