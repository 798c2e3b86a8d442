"""The embedded servers: started, joined, killed, raced for, and started again."""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from omegaoffice.dev.embedded.errors import EmbeddedError
from omegaoffice.dev.embedded.folders import SOCKET_PATH_LIMIT
from omegaoffice.dev.embedded.postgres import Postgres
from omegaoffice.dev.local_servers import Servers, servers
from tests.dev.embedded.conftest import Holder

#: every other test runs on these servers
pytestmark = pytest.mark.long

Hold = Callable[..., Holder]


def processes_of(root: Path) -> list[int]:
    """Ids of the server processes whose files lie in `root`, found by their open descriptors."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            program = (entry / "exe").readlink().name
            targets = [str(link.readlink()) for link in (entry / "fd").iterdir()]
        except OSError:
            continue
        if program in {"postgres", "valkey-server", "initdb"} and any(t.startswith(str(root)) for t in targets):
            found.append(int(entry.name))
    return found


def gone(root: Path, seconds: float = 10.0) -> bool:
    """Whether no server process of `root` is left within `seconds`."""
    deadline = time.monotonic() + seconds
    while processes_of(root):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def run(running: Servers, statement: str) -> list[tuple[object, ...]]:
    """Run one statement as the superuser."""
    assert running.postgres is not None
    with psycopg.connect(running.postgres.url(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_a_fresh_cluster_is_utf8_in_code_point_order_with_checksums_and_scram(tmp_path: Path) -> None:
    with servers(tmp_path / "e", valkey=False) as running:
        assert running.owned == {"postgres"}
        rows = run(
            running,
            "select current_setting('server_version_num')::int / 10000, current_setting('data_checksums'),"
            " current_setting('listen_addresses'), current_setting('fsync'), pg_encoding_to_char(encoding),"
            " datcollate, datlocale from pg_database where datname = 'postgres'",
        )
        assert rows == [(18, "on", "", "on", "UTF8", "C", "C.UTF-8")]
        assert run(running, "select lower('ÀÉ')") == [("àé",)]
        methods = run(running, "select distinct auth_method from pg_hba_file_rules")
        assert methods == [("scram-sha-256",)]


def test_the_programs_of_the_wheel_reach_the_server(tmp_path: Path) -> None:
    with servers(tmp_path / "e", valkey=False, fsync=False) as running:
        assert running.postgres is not None
        command = [str(running.postgres.binaries() / "bin" / "psql"), running.postgres.url(), "-Atc", "select 7"]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "7\n"


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    with servers(tmp_path / "e", valkey=False, fsync=False) as running:
        assert running.postgres is not None
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(running.postgres.url(user="postgres", password="wrong"))


def test_valkey_keeps_what_it_is_told_and_evicts_nothing(tmp_path: Path) -> None:
    root = tmp_path / "e"
    with servers(root, postgres=False) as running:
        assert running.valkey is not None
        with redis.Redis.from_url(f"unix://{running.valkey.socket}") as client:
            client.set("key", "value")
            assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
            assert client.config_get("port")["port"] == "0"
    with servers(root, postgres=False) as running:
        assert running.valkey is not None
        with redis.Redis.from_url(f"unix://{running.valkey.socket}") as client:
            assert client.get("key") == b"value"


def test_celery_speaks_to_the_broker_url(tmp_path: Path) -> None:
    from kombu import Connection

    with servers(tmp_path / "e", postgres=False) as running:
        assert running.valkey is not None
        with Connection(running.valkey.celery_url()) as connection:
            connection.ensure_connection(max_retries=1)


def test_data_outlives_a_restart(tmp_path: Path) -> None:
    root = tmp_path / "e"
    with servers(root, valkey=False, fsync=False) as running:
        run(running, "create table kept as select 7 as number")
    assert gone(root)
    with servers(root, valkey=False, fsync=False) as running:
        assert run(running, "select number from kept") == [(7,)]


def test_a_second_command_joins_in_a_moment(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    assert hold(root).ready() == ["postgres", "valkey"]
    before = time.monotonic()
    with servers(root, fsync=False) as running:
        took = time.monotonic() - before
        assert running.owned == frozenset()
        assert run(running, "select 1") == [(1,)]
    assert took < 0.05


def test_the_superusers_address_is_known_after_the_first_start(tmp_path: Path) -> None:
    root = tmp_path / "e"
    before = Postgres(root, fsync=False)
    with pytest.raises(EmbeddedError, match="never been started"):
        before.url()
    with servers(root, fsync=False) as running:
        assert running.postgres.url() == before.url()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down")
def test_under_root_no_server_runs_as_root_and_no_folder_is_loosened(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with servers(closed / "var" / "embedded", fsync=False):
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in processes_of(closed)}
        assert owners
        assert 0 not in owners
    assert closed.stat().st_mode & 0o777 == 0o700
    assert (closed / "var" / "embedded" / "postgres" / "data").stat().st_mode & 0o777 == 0o700
    assert (closed / "var" / "embedded" / "postgres" / "data").stat().st_uid != 0


def test_secrets_and_sockets_are_private(tmp_path: Path) -> None:
    with servers(tmp_path / "e", fsync=False) as running:
        assert running.postgres is not None
        assert running.valkey is not None
        assert running.postgres.password_file.stat().st_mode & 0o777 == 0o600
        assert running.postgres.sockets.stat().st_mode & 0o777 == 0o700
        assert running.valkey.socket.parent.stat().st_mode & 0o777 == 0o700
    assert not running.postgres.sockets.exists()


def test_a_killed_starter_leaves_no_process_and_the_next_start_recovers(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    holder = hold(root)
    holder.ready()
    with servers(root, fsync=False) as running:
        run(running, "create table kept as select 7 as number")
    holder.kill()
    assert gone(root)
    with servers(root, fsync=False) as running:
        assert running.owned == {"postgres", "valkey"}
        assert run(running, "select number from kept") == [(7,)]


def test_a_start_right_after_a_kill_waits_for_the_dying_servers(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    for _ in range(3):
        holder = hold(root)
        assert holder.ready() == ["postgres", "valkey"]
        holder.kill()
    with servers(root, fsync=False) as running:
        assert run(running, "select 1") == [(1,)]


def test_a_start_killed_while_the_cluster_is_made_is_made_again(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    holder = hold(root)
    deadline = time.monotonic() + 10
    while not (root / "postgres" / "data.new" / "base").exists():
        assert time.monotonic() < deadline
        time.sleep(0.002)
    holder.kill()
    with servers(root, valkey=False, fsync=False) as running:
        assert run(running, "select 1") == [(1,)]
    assert not (root / "postgres" / "data.new").exists()


def test_a_killed_postmaster_and_a_reused_process_id_do_not_fool_the_next_start(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    holder = hold(root)
    holder.ready()
    note = root / "postgres" / "data" / "postmaster.pid"
    os.kill(int(note.read_text().split()[0]), 9)
    holder.kill()
    assert gone(root)
    lines = note.read_text().splitlines()
    note.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with servers(root, valkey=False, fsync=False) as running:
        assert run(running, "select 1") == [(1,)]


def test_of_racing_starters_one_owns_and_the_others_join(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    racing = [hold(root) for _ in range(4)]
    owned = sorted(name for holder in racing for name in holder.ready())
    assert owned == ["postgres", "valkey"]
    postmasters = [pid for pid in processes_of(root) if b"-D" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    assert len(postmasters) == 1


def test_an_owner_that_leaves_waits_for_those_who_joined(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    owner, joined = hold(root), None
    assert owner.ready()
    joined = hold(root)
    assert joined.ready() == []
    assert owner.process.stdin is not None
    owner.process.stdin.write("\n")
    owner.process.stdin.flush()
    time.sleep(0.3)
    assert owner.process.poll() is None
    joined.leave()
    assert "waiting for them" in owner.leave()
    assert gone(root)


def test_an_owner_that_fails_waits_as_well(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    owner = hold(root, "failing")
    owner.ready()
    joined = hold(root)
    joined.ready()
    owner.process.stdin.write("\n")
    owner.process.stdin.flush()
    time.sleep(0.3)
    with servers(root, fsync=False) as running:
        assert run(running, "select 1") == [(1,)]
    joined.leave()
    owner.leave()
    assert owner.process.returncode == 3


def test_an_owner_by_duty_does_not_wait(tmp_path: Path, hold: Hold) -> None:
    root = tmp_path / "e"
    owner = hold(root, "own")
    owner.ready()
    hold(root).ready()
    assert "waiting" not in owner.leave()
    assert gone(root)


def test_who_must_own_is_told_who_owns(tmp_path: Path, hold: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omegaoffice.dev.embedded.service.BUSY_SECONDS", 0.1)
    root = tmp_path / "e"
    holder = hold(root)
    holder.ready()
    with (
        pytest.raises(EmbeddedError, match=rf"holder\.py.*process {holder.process.pid}"),
        servers(root, own=True, fsync=False),
    ):
        pass


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    root = tmp_path.joinpath(*["a-rather-long-folder-name-for-a-project"] * 5) / "e"
    assert len(str(root)) > SOCKET_PATH_LIMIT
    with servers(root, fsync=False) as running:
        assert run(running, "select 1") == [(1,)]
        assert running.postgres is not None
        assert len(f"{running.postgres.sockets}/.s.PGSQL.5432.lock") <= SOCKET_PATH_LIMIT


def test_a_copied_project_has_sockets_of_its_own(tmp_path: Path) -> None:
    import shutil

    first = tmp_path / "first"
    with servers(first, valkey=False, fsync=False) as running:
        run(running, "create table kept as select 7 as number")
    second = tmp_path / "second"
    shutil.copytree(first, second)
    with (
        servers(first, valkey=False, fsync=False) as one,
        servers(second, valkey=False, fsync=False) as two,
    ):
        assert one.postgres != two.postgres
        run(one, "drop table kept")
        assert run(two, "select number from kept") == [(7,)]


def test_a_server_that_ends_by_itself_is_noticed(tmp_path: Path) -> None:
    root = tmp_path / "e"
    with servers(root, postgres=False, fsync=False) as running:
        assert running.ended() is None
        os.kill(processes_of(root)[0], 9)
        deadline = time.monotonic() + 10
        while running.ended() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert running.ended() == "valkey"


def test_a_failing_statement_leaves_no_personal_data_in_the_log(tmp_path: Path) -> None:
    root = tmp_path / "e"
    with servers(root, valkey=False, fsync=False) as running:
        run(running, "create table person (email text primary key)")
        run(running, "insert into person values ('canary@example.org')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            run(running, "insert into person values ('canary@example.org')")
    log = (root / "postgres" / "server.log").read_text()
    assert "duplicate key value" in log
    assert "canary" not in log


def test_a_foreign_server_on_the_data_is_left_alone(tmp_path: Path) -> None:
    root = tmp_path / "e"
    with servers(root, valkey=False, fsync=False):
        pass
    data = root / "postgres" / "data"
    here = Path.cwd()
    child = os.fork()
    if child == 0:  # stands in for a server started by hand, whose working folder is its data
        os.chdir(data)
        time.sleep(30)
        os._exit(0)
    (data / "postmaster.pid").write_text(f"{child}\n")
    try:
        time.sleep(0.1)
        with (
            pytest.raises(EmbeddedError, match=f"process {child} serves"),
            servers(root, valkey=False, fsync=False),
        ):
            pass
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert Path.cwd() == here


def test_a_forked_copy_of_the_owner_neither_stops_nor_keeps_anything(tmp_path: Path) -> None:
    root = tmp_path / "e"
    with servers(root, postgres=False, fsync=False) as running:
        child = os.fork()
        if child == 0:
            time.sleep(5)
            os._exit(0)
    try:
        before = time.monotonic()
        with servers(root, postgres=False, fsync=False) as running:
            assert running.owned == {"valkey"}
            assert time.monotonic() - before < 3
            assert running.valkey is not None
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(running.valkey.socket))
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
