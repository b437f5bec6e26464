//! `allOf`, `anyOf`, `oneOf`, `not`, `if`.

use super::super::reason::{Finding, Reason};
use super::Subset;
use super::conjunction::{Conjunction, Label};
use super::disjoint;
use super::view::View;

pub(super) fn compare<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    b: View<'s>,
    at: &str,
    out: &mut Vec<Finding>,
) {
    for part in b.schemas("allOf").into_iter().flatten() {
        subset.included(a, part, at, out);
    }
    if let Some(branches) = b.schemas("anyOf") {
        subset.any_of(a, &labelled(&branches), at, out);
    }
    if let Some(branches) = b.schemas("oneOf") {
        one_of(subset, a, &branches, at, out);
    }
    if let Some(forbidden) = b.schema("not")
        && !is_kept_out(subset, a, forbidden)
    {
        out.push(Finding::new(at, Reason::Unproven("not")));
    }
    if b.get("if").is_some() && !conditional(subset, a, b) {
        out.push(Finding::new(at, Reason::Unproven("if")));
    }
}

fn labelled<'s>(branches: &[View<'s>]) -> Vec<(Label<'s>, View<'s>)> {
    let labelled = branches.iter().enumerate();
    labelled
        .map(|(index, view)| (Label::of(*view, index, branches.len()), *view))
        .collect()
}

impl Subset {
    /// Whether `a` is included in one of the alternatives, or each of its parts in one of them.
    pub(crate) fn any_of<'s>(
        &mut self,
        a: &Conjunction<'s>,
        branches: &[(Label<'s>, View<'s>)],
        at: &str,
        out: &mut Vec<Finding>,
    ) {
        if let [(_, only)] = branches {
            self.included(a, *only, at, out);
            return;
        }
        let mut tried: Vec<(bool, Vec<Finding>)> = Vec::new();
        for (label, branch) in branches {
            let mut findings = Vec::new();
            self.included(a, *branch, at, &mut findings);
            let is_namesake = a.label.is_some_and(|own| own.matches(*label));
            if findings.is_empty() && (is_namesake || a.label.is_none()) {
                return;
            }
            tried.push((is_namesake, findings));
        }
        let is_fit = |(_, findings): &&(bool, Vec<Finding>)| findings.iter().all(Finding::is_note);
        let mut fitting: Vec<_> = tried.iter().filter(is_fit).collect();
        fitting.sort_by_key(|(is_namesake, findings)| (!is_namesake, findings.len()));
        if let Some((_, findings)) = fitting.first() {
            out.extend(findings.iter().cloned());
            return;
        }
        if let Some(parts) = a.split_once().or_else(|| a.split_by_type()) {
            for part in parts.into_iter().filter(|part| !part.is_impossible()) {
                self.any_of(&part, branches, at, out);
            }
            return;
        }
        let namesake = tried.into_iter().find(|(is_namesake, _)| *is_namesake);
        match namesake {
            Some((_, findings)) => out.extend(findings),
            None => {
                let label = a.label.map(Label::words);
                out.push(Finding::new(at, Reason::Alternative(label)));
            }
        }
    }
}

/// Exactly one alternative: one that takes `a`, and none of the others takes any of it.
fn one_of<'s>(
    subset: &mut Subset,
    a: &Conjunction<'s>,
    branches: &[View<'s>],
    at: &str,
    out: &mut Vec<Finding>,
) {
    let mut findings = Vec::new();
    subset.any_of(a, &labelled(branches), at, &mut findings);
    if !findings.iter().all(Finding::is_note) {
        out.append(&mut findings);
        return;
    }
    let is_alone = |subset: &mut Subset, own: usize| {
        let mut others = branches.iter().enumerate().filter(|(it, _)| *it != own);
        others.all(|(_, other)| is_kept_out(subset, a, *other))
    };
    for (index, branch) in branches.iter().enumerate() {
        let mut reasons = Vec::new();
        subset.included(a, *branch, at, &mut reasons);
        if reasons.iter().all(Finding::is_note) && is_alone(subset, index) {
            out.append(&mut findings);
            return;
        }
    }
    // The parts of `a` may each have an alternative of their own.
    if let Some(parts) = a.split_once().or_else(|| a.split_by_type()) {
        for part in parts.into_iter().filter(|part| !part.is_impossible()) {
            one_of(subset, &part, branches, at, out);
        }
        return;
    }
    out.push(Finding::new(at, Reason::Unproven("oneOf")));
}

/// Whether no value of `a` fits `other`.
fn is_kept_out<'s>(subset: &mut Subset, a: &Conjunction<'s>, other: View<'s>) -> bool {
    let other_alone = Conjunction::of(other);
    let forbidden = a.views.iter().filter_map(|view| view.schema("not"));
    let excluded: Vec<_> = a.excluded.iter().copied().chain(forbidden).collect();
    excluded
        .into_iter()
        .any(|excluded| subset.holds(&other_alone, excluded))
        || disjoint::disjoint(subset, a, &other_alone, 0)
}

fn conditional<'s>(subset: &mut Subset, a: &Conjunction<'s>, b: View<'s>) -> bool {
    const KEYWORDS: [&str; 3] = ["if", "then", "else"];
    for view in &a.views {
        let is_same =
            KEYWORDS
                .iter()
                .all(|keyword| match (view.schema(keyword), b.schema(keyword)) {
                    (Some(own), Some(wanted)) => subset.same(own, wanted),
                    (own, wanted) => own.is_none() && wanted.is_none(),
                });
        if is_same {
            return true;
        }
    }
    let Some(condition) = b.schema("if") else {
        return true;
    };
    let mut fits = |keyword| {
        b.schema(keyword)
            .is_none_or(|wanted| subset.holds(a, wanted))
    };
    let (then, otherwise) = (fits("then"), fits("else"));
    match (then, otherwise) {
        (true, true) => true,
        (true, false) => subset.holds(a, condition),
        (false, true) => is_kept_out(subset, a, condition),
        (false, false) => false,
    }
}
