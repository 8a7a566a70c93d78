use backout_sql::{layouts, script};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let t = std::time::Instant::now();
    if a[1] == "errors" {
        for f in &a[2..] {
            let Ok(text) = std::fs::read_to_string(f) else {
                println!("{f}: no utf8");
                continue;
            };
            let e = script::errors(f, &text, script::Dialect::Psql, &mut layouts::includes(std::path::Path::new(f)));
            for e in &e {
                println!("{e} | {}", e.hint.clone().unwrap_or_default());
            }
            println!("{f}: {} errors {:?}", e.len(), t.elapsed());
        }
    } else {
        let dir = std::path::Path::new(&a[2]);
        let l = if a[1] == "detect" { layouts::detect(dir).unwrap() } else { layouts::by_name(&a[1]).unwrap() };
        println!("{}", l.name());
        match l.read(dir) {
            Err(e) => println!("{e}"),
            Ok(ms) => {
                for m in ms {
                    match m.script(l.dialect()) {
                        Ok(s) => {
                            let mut c = std::collections::BTreeMap::new();
                            for s in s.statements() {
                                let k = format!("{:?}", s.analysis.class);
                                let k = k.split(['(', ' ']).next().unwrap().to_owned();
                                *c.entry(k).or_insert(0) += 1;
                            }
                            println!("{} {:?} {:?} down={}", m.name, m.mode, c, m.down.is_some())
                        }
                        Err(e) => println!("{} ERR {e}", m.name),
                    }
                }
            }
        }
        println!("{:?}", t.elapsed());
    }
}
