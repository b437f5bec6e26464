//! Effects through the hub, to members that only count what they are sent.

use divan::Bencher;
use divan::counter::ItemsCount;
use fs7::effect::{Effect, EffectScope, Emit, Exceptions, Member, Target};
use fs7::event::{Args, Origin};
use fs7::gateway::measured::{Crowd, ROOM};

const RECEIVERS: [usize; 3] = [1, 50, 1_000];

/// The effects of one event, from the first member.
fn bench(bencher: Bencher<'_, '_>, members: usize, effects: impl Fn() -> Vec<Effect> + Sync) {
    let crowd = Crowd::new(members);
    let sink = crowd.sink();
    let scope = EffectScope {
        namespace: "/".into(),
        origin: Origin::Socket(crowd.ids().first().unwrap().clone()),
    };
    bencher
        .with_inputs(&effects)
        .bench_values(|effects| sink.commit(&scope, effects));
    assert!(crowd.taken_bytes() > 0);
}

fn emit(target: Target) -> Effect {
    Effect::Emit(Emit {
        target,
        name: "user_signed_up_ack".into(),
        args: Args::from_text(r#"[{"status":"success","message":"User signed up"}]"#),
        is_volatile: false,
        surely_fits: false,
    })
}

#[divan::bench(args = RECEIVERS)]
fn emit_to_room(bencher: Bencher<'_, '_>, members: usize) {
    let target = Target::Room(ROOM.into(), Exceptions::default());
    let bencher = bencher.counter(ItemsCount::new(members));
    bench(bencher, members, || vec![emit(target.clone())]);
}

#[divan::bench(args = RECEIVERS)]
fn emit_to_everyone(bencher: Bencher<'_, '_>, members: usize) {
    let target = Target::Everyone(Exceptions::default());
    let bencher = bencher.counter(ItemsCount::new(members));
    bench(bencher, members, || vec![emit(target.clone())]);
}

/// Among so many members.
#[divan::bench(args = RECEIVERS)]
fn emit_to_sender(bencher: Bencher<'_, '_>, members: usize) {
    bench(bencher, members, || vec![emit(Target::Sender)]);
}

/// A member comes into a room, is sent something there with the others of it, and leaves.
#[divan::bench(args = RECEIVERS)]
fn join_emit_leave(bencher: Bencher<'_, '_>, members: usize) {
    bench(bencher, members, || {
        let room = || "other".to_owned();
        vec![
            Effect::Join(Member::Sender, room()),
            emit(Target::Room(room(), Exceptions::default())),
            Effect::Leave(Member::Sender, room()),
        ]
    });
}
