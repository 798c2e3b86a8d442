"""Legal process: what an authority demands of one person's data, as a case, and when that person is told."""
