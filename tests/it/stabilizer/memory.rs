//! Its `TestMemoryManagement` and `TestConnectionMetadataMemory`: user data, and what connections
//! take. Who goes when it is too much is told in the stories of limits.

use serde_json::{Value, json};

use super::Stage;

impl Stage {
    /// `get_memory_usage()`.
    #[track_caller]
    fn memory(&mut self) -> Value {
        self.http.get("/api/connections/memory").expect(200)
    }

    /// `set_user_data(client_id, key, value)`.
    fn set(&mut self, id: &str, key: &str, value: &Value) -> fs7_tests::http::Answer {
        let path = format!("/api/connections/{id}/data/{key}");
        let value = value.to_string();
        self.http.send("PUT", &path, &[], value.as_bytes())
    }

    /// `get_user_data(client_id, key)`.
    fn get(&mut self, id: &str, key: &str) -> fs7_tests::http::Answer {
        self.http.get(&format!("/api/connections/{id}/data/{key}"))
    }
}

#[test]
fn memory_of_nobody_is_nothing() {
    let mut stage = Stage::with("");
    assert_eq!(
        stage.memory(),
        json!({"total_memory": 0, "connection_count": 0, "per_connection_average": 0.0})
    );
}

#[test]
fn memory_is_told_in_total_and_on_average() {
    let mut stage = Stage::with("");
    let sizes = [("small", 100), ("medium", 500), ("large", 1_000)];
    let _clients = sizes.map(|(id, _)| stage.connect(id));
    for (id, bytes) in sizes {
        stage.set(id, "data", &json!("x".repeat(bytes))).expect(200);
    }
    let memory = stage.memory();
    assert_eq!(memory["connection_count"], 3, "{memory}");
    let total = memory["total_memory"].as_f64().unwrap();
    assert!(total >= 1_600.0, "{memory}");
    let average = memory["per_connection_average"].as_f64().unwrap();
    assert!((average - total / 3.0).abs() < 1.0, "{memory}");
}

#[test]
fn memory_grows_with_user_data() {
    let mut stage = Stage::with("");
    let _client = stage.connect("user_data_client");
    let total = |stage: &mut Stage| stage.memory()["total_memory"].as_u64().unwrap();
    let before = total(&mut stage);
    let large = json!("x".repeat(5_000));
    stage
        .set("user_data_client", "large_key", &large)
        .expect(200);
    let grown = total(&mut stage) - before;
    assert!((5_000..5_100).contains(&grown), "{grown}");
}

#[test]
fn user_data_is_kept_and_bounded() {
    let mut stage = Stage::with("[limits]\nuser_data_bytes = 2000");
    let _client = stage.connect("client");
    stage.set("client", "user_id", &json!(12345)).expect(200);
    stage.set("client", "role", &json!("admin")).expect(200);
    assert_eq!(stage.get("client", "user_id").expect(200), 12345);
    assert_eq!(stage.get("client", "role").expect(200), "admin");
    stage
        .get("client", "nonexistent")
        .expect_problem(404, "not_found");
    let large = json!("x".repeat(5_000));
    stage
        .set("client", "large_key", &large)
        .expect_problem(413, "too_large");
    stage
        .set("nobody", "key", &large)
        .expect_problem(404, "not_found");
}
