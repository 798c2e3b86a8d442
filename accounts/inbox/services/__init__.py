"""Services of the inbox."""

from .open_letter import open_letter as open_letter
from .post_letter import due_letters as due_letters
from .post_letter import post_letter as post_letter
from .post_letter import sweep_letters as sweep_letters
from .write_letter import write_letter as write_letter
