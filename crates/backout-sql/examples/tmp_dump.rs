use backout_sql::{layouts, script};
fn main() {
    for f in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&f).unwrap();
        let s = script::parse(&f, &text, script::Dialect::Psql, &mut layouts::includes(std::path::Path::new(&f))).unwrap();
        for s in s.statements() { print!("{}\u{1}", s.text); }
    }
}
