//! Listens to changes of flags with many connections at once, switches a flag, and says when each has heard of it.
//! `bench/watch` calls it with an address, how many, a flag that is `on` and may be `off`, and a token that may switch
//! it in BENCH_TOKEN.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How often the flag is switched.
const ROUNDS: u32 = 10;
/// So many connect at once.
const TOGETHER: usize = 100;
/// How long anybody waits.
const PATIENCE: Duration = Duration::from_secs(60);
const NEWS: &str = "refetchEvaluation";

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, number, flag] = arguments.as_slice() else { return Err("an address, a number and a flag".into()) };
    let (address, number) = (address.trim_start_matches("http://").to_owned(), number.parse::<usize>()?);
    let token = std::env::var("BENCH_TOKEN")?;
    let (heard, mut news) = unbounded_channel();
    let mut connected = 0;
    while connected < number {
        let next = TOGETHER.min(number - connected);
        let mut joining = tokio::task::JoinSet::new();
        for _ in 0..next {
            joining.spawn(listen(address.clone(), heard.clone()));
        }
        while let Some(joined) = tokio::time::timeout(PATIENCE, joining.join_next()).await? {
            joined??;
        }
        connected += next;
    }
    tell(&format!("{connected} listen"));
    let (mut of_request, mut of_answer, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    // The first one warms up.
    for round in 0..=ROUNDS {
        let variant = if round % 2 == 0 { "off" } else { "on" };
        let asked = Instant::now();
        let (answered, moments) = tokio::join!(switch(&address, flag, variant, &token), all(&mut news, number));
        let (answered, moments) = (answered?, moments?);
        if round > 0 {
            answers.push(ms(answered.duration_since(asked)));
            of_request.extend(moments.iter().map(|moment| ms(moment.duration_since(asked))));
            of_answer.extend(moments.iter().map(|moment| ms(moment.saturating_duration_since(answered))));
        }
        // A client asks again some time later; the next change comes to a calm server.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    tell(&format!("a switch is answered after {}", spread(&mut answers)));
    tell(&format!("heard after the request: {}", spread(&mut of_request)));
    tell(&format!("heard after the answer: {}", spread(&mut of_answer)));
    tell(&format!("ratio flip_to_{number}_subscribers_p99_ms {:.1} <250", share(&of_request, 99)));
    Ok(())
}

/// Connects, and waits until what is so now was said. From then on each change is noted with its moment.
async fn listen(address: String, heard: UnboundedSender<Instant>) -> Result<(), Failed> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.write_all(b"GET /flags/events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n").await?;
    let (mut text, mut buffer) = (String::new(), [0; 512]);
    while !text.contains("\"current\"") {
        match stream.read(&mut buffer).await? {
            0 => return Err(format!("the connection ended: {text}").into()),
            length => text.push_str(&String::from_utf8_lossy(&buffer[..length])),
        }
    }
    tokio::spawn(async move {
        text.clear();
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
            if text.contains(NEWS) {
                if heard.send(Instant::now()).is_err() {
                    break;
                }
                text.clear();
            }
        }
    });
    Ok(())
}

/// The moments at which all have heard.
async fn all(news: &mut UnboundedReceiver<Instant>, number: usize) -> Result<Vec<Instant>, Failed> {
    let mut moments = Vec::with_capacity(number);
    while moments.len() < number {
        let next = tokio::time::timeout(PATIENCE, news.recv()).await;
        let next = next.map_err(|_| format!("{} of {number} have heard", moments.len()))?;
        moments.push(next.ok_or("nobody listens any more")?);
    }
    Ok(moments)
}

/// The moment at which the change was acknowledged.
async fn switch(address: &str, flag: &str, variant: &str, token: &str) -> Result<Instant, Failed> {
    let body = format!("{{\"variant\":\"{variant}\"}}");
    let request = format!(
        "POST /flags/{flag} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).await?;
    let answered = Instant::now();
    match answer.starts_with(b"HTTP/1.1 200") {
        true => Ok(answered),
        false => Err(String::from_utf8_lossy(&answer[..length]).into_owned().into()),
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn share(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

fn spread(all: &mut [f64]) -> String {
    all.sort_by(f64::total_cmp);
    format!("median {:.1} ms, p99 {:.1} ms, at most {:.1} ms", share(all, 50), share(all, 99), share(all, 100))
}

#[expect(clippy::print_stdout, reason = "the benchmark reads it")]
fn tell(line: &str) {
    println!("{line}");
}
