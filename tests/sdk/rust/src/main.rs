// SPDX-License-Identifier: MIT
// A client that uses the Rust SDK: see clients.py.
use aws_config::retry::RetryConfig;
use aws_sdk_sts::error::DisplayErrorContext;
use aws_sdk_sts::Client;
use std::io::{stdin, BufRead};

/// A JSON string. DisplayErrorContext may contain quotes, backslashes and newlines.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c < ' ' => format!("\\u{:04x}", c as u32),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

async fn ask(client: &Client) -> String {
    match client.get_caller_identity().send().await {
        Ok(answer) => format!("{{\"arn\": {}}}", quoted(answer.arn().unwrap_or_default())),
        Err(error) => {
            let text = DisplayErrorContext(error).to_string();
            format!("{{\"error\": {}}}", quoted(&text))
        }
    }
}

async fn answer_questions() {
    let url = std::env::var("STS_URL").expect("STS_URL");
    let config = aws_config::from_env()
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .load()
        .await;
    let sts = aws_sdk_sts::config::Builder::from(&config).endpoint_url(url);
    let client = Client::from_conf(sts.build());
    for _ in stdin().lock().lines() {
        println!("{}", ask(&client).await);
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a tokio runtime").block_on(answer_questions());
}
