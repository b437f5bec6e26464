//! `fs7 pages`: Vue 3 pages from a contract, one for each operation, with the types, the
//! composable and the form that they stand on.
//!
//! Everything that a run writes again lies in `.generated/`; what lies beside it is written once
//! and is the author's. The folder begins with a dot because Nuxt makes a route of every `.vue`
//! and `.ts` file below `pages/`, but looks into no such folder.

mod assets;
mod literal;
mod plan;
mod render;
mod types;

use fs7_contract::model::Contract;

use crate::file::GeneratedFile;

/// The files of all pages, in a fixed order: the same contract gives the same bytes. A contract
/// without operations gives what pages stand on, and no page.
///
/// # Errors
///
/// Where a template of this crate is wrong, and for no contract else.
pub fn generate(contract: &Contract) -> Result<Vec<GeneratedFile>, minijinja::Error> {
    let plan = plan::Plan::of(contract);
    let mut files = render::files(&plan)?;
    files.extend(assets::files());
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}
