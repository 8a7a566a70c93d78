//! Receivers of messages in a few lines: of webhooks, and of mail.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use serde_json::Value;

/// A webhook's id, and what was posted.
type Posted = Arc<Mutex<Vec<(String, Value)>>>;

/// Takes webhooks, and notes each delivery with its id.
pub struct Hooks {
    pub url: String,
    posted: Posted,
    /// It takes a connection and says nothing.
    pub hangs: Arc<AtomicBool>,
}

impl Hooks {
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let (posted, hangs) = (Posted::default(), Arc::new(AtomicBool::new(false)));
        let (list, is_hanging) = (posted.clone(), hangs.clone());
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming().flatten() {
                if is_hanging.load(Ordering::Relaxed) {
                    kept.push(stream);
                } else {
                    // Whoever is killed in the middle has sent nothing.
                    hook(stream, &list).ok();
                }
            }
        });
        Ok(Self { url, posted, hangs })
    }

    /// The ids of what was delivered, as often as it was.
    pub fn ids(&self) -> Vec<String> {
        self.posted.lock().unwrap().iter().map(|(id, _)| id.clone()).collect()
    }

    /// Texts in the order of delivery, each id once.
    pub fn texts(&self) -> Vec<String> {
        let mut seen = Vec::new();
        let posted = self.posted.lock().unwrap();
        let fresh = posted.iter().filter(|(id, _)| {
            let is_new = !seen.contains(id);
            seen.push(id.clone());
            is_new
        });
        fresh.map(|(_, body)| body["data"]["text"].as_str().unwrap_or_default().trim().to_owned()).collect()
    }
}

fn hook(mut stream: TcpStream, posted: &Posted) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (mut length, mut id) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "webhook-id" => id = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    posted.lock().unwrap().push((id, serde_json::from_slice(&body)?));
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")?;
    Ok(())
}

/// To whom, and what.
type Taken = Arc<Mutex<Vec<(Vec<String>, String)>>>;

/// Takes mail.
pub struct Mails {
    pub url: String,
    taken: Taken,
}

impl Mails {
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("smtp://{}", listener.local_addr()?);
        let taken = Taken::default();
        let list = taken.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let list = list.clone();
                std::thread::spawn(move || mail(stream, &list));
            }
        });
        Ok(Self { url, taken })
    }

    pub fn taken(&self) -> Vec<(Vec<String>, String)> {
        self.taken.lock().unwrap().clone()
    }
}

fn mail(mut stream: TcpStream, taken: &Mutex<Vec<(Vec<String>, String)>>) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    write!(stream, "220 here\r\n")?;
    let mut to = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.trim().to_ascii_uppercase();
        if verb.starts_with("RCPT") {
            let address = line.split('<').nth(1).and_then(|rest| rest.split('>').next());
            to.push(address.context("an address")?.to_owned());
        }
        if verb == "DATA" {
            write!(stream, "354 go on\r\n")?;
            let mut text = String::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line)?;
                if line.trim_end() == "." {
                    break;
                }
                text.push_str(&line);
            }
            taken.lock().unwrap().push((std::mem::take(&mut to), text));
        }
        let answer = match verb.as_str() {
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        write!(stream, "{answer}\r\n")?;
        if verb == "QUIT" {
            return Ok(());
        }
    }
}
