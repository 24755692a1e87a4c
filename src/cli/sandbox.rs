//! Owns `shiftdeck sandbox`: serves the simulated desk until it is asked to stop. Its first line on stdout is one JSON
//! object, once it accepts connections.

use std::ops::RangeInclusive;

use super::{
    Exit, Failure,
    args::{self, Sandbox},
    out,
};
use crate::{
    clock::Clock,
    sandbox::{
        self, Options, Plan, RateLimit, faults,
        mcp_stdio::{self, Speaks},
        seed::MOST_CUSTOMERS,
    },
};

/// Runs it.
pub async fn run(args: &Sandbox) -> Result<Exit, Failure> {
    let options = options(args)?;
    if let Some(era) = args.mcp_stdio {
        return over_stdio(options, era).await;
    }
    let listen = options.listen;
    let running = sandbox::start(options).await.map_err(|error| {
        Failure::new(format!("cannot listen on {listen}"), error.to_string(), "choose another --listen address")
    })?;
    let ready = serde_json::to_value(running.ready()).expect("the ready line is plain data");
    out::json_line(&ready)?;
    out::say("simulated desk and scripted model (not an AI); Ctrl-C ends it");
    interrupted().await;
    running.shutdown().await;
    Ok(Exit::Done)
}

/// Serves the MCP server alone to whoever started this process.
async fn over_stdio(options: Options, era: args::McpEra) -> Result<Exit, Failure> {
    let speaks = match era {
        args::McpEra::Both => Speaks::Both,
        args::McpEra::Modern => Speaks::Modern,
        args::McpEra::Legacy => Speaks::Legacy,
    };
    out::say("simulated MCP server (parcelry) on stdin and stdout");
    mcp_stdio::serve(options.seed, options.faults, options.clock, speaks).await?;
    out::say("the input ended");
    Ok(Exit::Done)
}

fn options(args: &Sandbox) -> Result<Options, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::usage(
            format!("--listen {}", args.listen),
            "the simulated desk holds made-up people but real habits; it serves this machine only",
        ));
    }
    Ok(Options {
        listen: args.listen,
        seed: args.seed,
        customers: customers(&args.scale)?,
        plan: match args.plan {
            args::Plan::Enterprise => Plan::Enterprise,
            args::Plan::Ultimate => Plan::Ultimate,
            args::Plan::Business => Plan::Business,
            args::Plan::Professional => Plan::Professional,
        },
        rate_limit: args.rate_limit.as_deref().map(rate_limit).transpose()?,
        record_limit: args.record_limit,
        latency: latency(&args.latency)?,
        faults: match args.faults.as_deref().map(faults::parse).transpose() {
            Ok(rules) => rules.unwrap_or_default(),
            Err(error) => return Err(Failure::usage("--faults", error.to_string())),
        },
        live: args.live,
        search_lag_ms: args.search_lag,
        model_pace: sandbox::PACE,
        clock: Clock::real(),
    })
}

fn customers(scale: &str) -> Result<usize, Failure> {
    match scale {
        "small" => Ok(320),
        "medium" => Ok(2_000),
        "large" => Ok(10_000),
        number => match number.parse() {
            Ok(customers @ 1..=MOST_CUSTOMERS) => Ok(customers),
            Ok(_) | Err(_) => Err(Failure::usage(
                format!("--scale {number}"),
                format!("small, medium, large, or 1 to {MOST_CUSTOMERS} customers"),
            )),
        },
    }
}

fn rate_limit(given: &str) -> Result<RateLimit, Failure> {
    const LONGEST_S: f64 = 86_400.0;
    let parsed = given.split_once('/').and_then(|(n, seconds)| Some((n.parse().ok()?, seconds.parse::<f64>().ok()?)));
    match parsed {
        Some((requests, seconds)) if requests > 0 && (0.001..=LONGEST_S).contains(&seconds) => {
            Ok(RateLimit { requests, window_ms: (seconds * 1000.0).round() as u32 })
        }
        Some(_) | None => {
            Err(Failure::usage(format!("--rate-limit {given}"), "it is N/SECONDS, for instance 100/10 or 1000/0.6"))
        }
    }
}

fn latency(given: &str) -> Result<RangeInclusive<u64>, Failure> {
    let bad = || Failure::usage(format!("--latency {given}"), "it is MS or MS..MS, for instance 20..80");
    let (low, high) = given.split_once("..").unwrap_or((given, given));
    let (low, high) = (low.parse().map_err(|_| bad())?, high.parse().map_err(|_| bad())?);
    if low <= high { Ok(low..=high) } else { Err(bad()) }
}

/// Resolves when the process is asked to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut term), Ok(mut hup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = term.recv() => {}
                _ = hup.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_limits_and_latencies_are_read_or_explained() {
        assert_eq!(customers("medium"), Ok(2_000));
        assert_eq!((customers("17"), customers("1000000")), (Ok(17), Ok(1_000_000)));
        assert!(customers("0").is_err() && customers("1000001").is_err() && customers("big").is_err());
        assert!(rate_limit("100/10").is_ok_and(|limit| (limit.requests, limit.window_ms) == (100, 10_000)));
        assert!(rate_limit("1000/0.6").is_ok_and(|limit| limit.window_ms == 600));
        for wrong in ["100", "0/1", "5/0", "5/-1", "5/NaN", "5/0.0001"] {
            assert!(rate_limit(wrong).is_err(), "{wrong}");
        }
        assert_eq!(latency("20..80"), Ok(20..=80));
        assert_eq!(latency("5"), Ok(5..=5));
        assert!(latency("9..1").is_err());
    }
}
