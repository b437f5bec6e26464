//! The server as a process: how soon it answers and what it takes when idle, with the six
//! handlers of the seed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The handlers of the seed.
const HANDLERS: [&str; 6] = [
    "example_event",
    "on_light_measured",
    "send_notification",
    "user_deleted",
    "user_signed_up",
    "user_updated",
];

/// Starts after the first, which fills the compile cache.
const WARM_STARTS: usize = 5;

/// Processor and kernel, for whoever reads the figures.
pub(crate) fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let field = |name: &str| {
        let line = cpuinfo
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        line.split(':').nth(1).unwrap_or_default().trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} × {}, Linux {}", field("model name"), kernel.trim())
}

/// Prints time to readiness and resident memory.
pub(crate) fn report(events: &Path, directory: &Path) {
    let work_dir = directory.join("process");
    let own_events = work_dir.join("events");
    std::fs::create_dir_all(&own_events).unwrap();
    for handler in HANDLERS {
        let file = format!("{handler}.wasm");
        std::fs::copy(events.join(&file), own_events.join(&file)).unwrap();
    }
    let (cold, child, _) = start(&work_dir);
    stop(child);
    let mut warm: Vec<Duration> = Vec::new();
    let mut resident = 0;
    for _ in 0..WARM_STARTS {
        let (time, child, memory) = start(&work_dir);
        warm.push(time);
        resident = memory;
        stop(child);
    }
    warm.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "start to /ready with six handlers: {:.0} ms compiling them, {:.0} ms with a warm cache \
         (median of {WARM_STARTS})",
        ms(cold),
        ms(warm[WARM_STARTS / 2])
    );
    println!(
        "resident memory idle with six handlers: {:.1} MB",
        resident as f64 / 1e6
    );
}

/// Time from spawning to the first answer of `/ready`, and the resident memory then.
fn start(work_dir: &Path) -> (Duration, Child, u64) {
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fs7"))
        .args(["start", "--foreground", "--port", "0"])
        .current_dir(work_dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .split_whitespace()
        .find_map(|word| word.strip_prefix("http://"))
        .unwrap();
    let ready = ask_ready(address);
    assert!(ready.contains("200 OK"), "{ready}");
    let time = begin.elapsed();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    (time, child, kilobytes * 1024)
}

fn ask_ready(address: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address.trim_end_matches('/')).unwrap();
    stream
        .write_all(b"GET /ready HTTP/1.1\r\nhost: fs7\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn stop(mut child: Child) {
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
}
