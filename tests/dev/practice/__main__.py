"""`python -m tests.dev.practice`: serve the practice provider with faults on demand."""

from omegaoffice.dev.practice.__main__ import main
from tests.dev.practice.faults import create_faulty_app

main(create_faulty_app)
