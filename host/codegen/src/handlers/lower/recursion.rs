//! Types that are part of themselves get a size: a pointer stands where the circle closes.

use super::super::shape::{Item, Kind, Shape};

/// Gives every type a size, and every other name an end.
pub(super) fn bound(items: &mut [Item]) {
    wrap_circular_names(items);
    let direct: Vec<Vec<usize>> = items.iter().map(|item| held(&item.kind)).collect();
    let reach: Vec<Vec<bool>> = (0..items.len())
        .map(|from| reached(&direct, from))
        .collect();
    for (index, item) in items.iter_mut().enumerate() {
        let closes = |to: usize| reach.get(to).and_then(|it| it.get(index)) == Some(&true);
        match &mut item.kind {
            Kind::Struct(object) => {
                for field in &mut object.fields {
                    put_pointers(&mut field.shape, &closes);
                }
            }
            Kind::Union(union) => {
                for variant in &mut union.variants {
                    put_pointers(&mut variant.shape, &closes);
                }
            }
            Kind::Wrapper(shape) => put_pointers(shape, &closes),
            Kind::Alias(_) | Kind::Choice(_) | Kind::Open => {}
        }
    }
}

/// A name that stands for itself becomes a type of its own.
fn wrap_circular_names(items: &mut [Item]) {
    let others: Vec<Vec<usize>> = items
        .iter()
        .map(|item| match &item.kind {
            Kind::Alias(shape) => named(shape, true),
            _ => Vec::new(),
        })
        .collect();
    for index in 0..items.len() {
        let circular = reached(&others, index).get(index) == Some(&true);
        if let Some(item) = items.get_mut(index)
            && let (true, Kind::Alias(shape)) = (circular, &item.kind)
        {
            item.kind = Kind::Wrapper(shape.clone());
        }
    }
}

/// The items that are reached from one in one step or more.
fn reached(edges: &[Vec<usize>], from: usize) -> Vec<bool> {
    let mut seen = vec![false; edges.len()];
    let mut open: Vec<usize> = edges.get(from).cloned().unwrap_or_default();
    while let Some(index) = open.pop() {
        if let Some(mark) = seen.get_mut(index)
            && !*mark
        {
            *mark = true;
            open.extend(edges.get(index).into_iter().flatten());
        }
    }
    seen
}

/// The items that an item holds without a pointer between.
fn held(kind: &Kind) -> Vec<usize> {
    match kind {
        Kind::Struct(object) => {
            let shapes = object.fields.iter().map(|field| &field.shape);
            shapes.flat_map(|shape| named(shape, false)).collect()
        }
        Kind::Union(union) => {
            let shapes = union.variants.iter().map(|variant| &variant.shape);
            shapes.flat_map(|shape| named(shape, false)).collect()
        }
        Kind::Alias(shape) | Kind::Wrapper(shape) => named(shape, false),
        Kind::Choice(_) | Kind::Open => Vec::new(),
    }
}

/// The items that a shape names; those behind the pointer of a list or a map too, or not.
fn named(shape: &Shape, through_pointers: bool) -> Vec<usize> {
    match shape {
        Shape::Named(index) => vec![*index],
        Shape::List(_) | Shape::Map(_) | Shape::Boxed(_) if !through_pointers => Vec::new(),
        other => {
            let parts = other.parts().into_iter();
            parts
                .flat_map(|part| named(part, through_pointers))
                .collect()
        }
    }
}

fn put_pointers(shape: &mut Shape, closes: &impl Fn(usize) -> bool) {
    match shape {
        Shape::Named(index) if closes(*index) => {
            *shape = Shape::Boxed(Box::new(shape.clone()));
        }
        Shape::Option(part) => put_pointers(part, closes),
        Shape::Tuple(parts) => parts.iter_mut().for_each(|part| put_pointers(part, closes)),
        _ => {}
    }
}
