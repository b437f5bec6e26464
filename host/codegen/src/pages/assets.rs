//! Files that are the same for every contract.

use crate::file::{GeneratedFile, Owner};

macro_rules! assets {
    ($($path:literal,)*) => {
        [$(($path, include_str!(concat!("../../templates/pages/generated/", $path)))),*]
    };
}

const ASSETS: &[(&str, &str)] = &assets![
    "composables/connection.ts",
    "composables/errors.ts",
    "composables/useOperation.ts",
    "contract/facts.ts",
    "form/ArrayField.vue",
    "form/ChoiceField.vue",
    "form/JsonField.vue",
    "form/MessageForm.vue",
    "form/NumberField.vue",
    "form/ObjectField.vue",
    "form/OptionsField.vue",
    "form/ParameterForm.vue",
    "form/RecordField.vue",
    "form/SchemaField.vue",
    "form/SchemaForm.vue",
    "form/TextField.vue",
    "form/context.ts",
    "form/initial.ts",
    "form/schema.ts",
    "testing/fakeSocket.ts",
    "view/DataView.vue",
    "view/OperationFrame.vue",
];

/// All of them.
pub(super) fn files() -> Vec<GeneratedFile> {
    ASSETS
        .iter()
        .map(|(path, text)| GeneratedFile {
            path: format!("{}/{path}", super::render::FOLDER),
            text: (*text).to_owned(),
            owner: Owner::Generated,
        })
        .collect()
}
