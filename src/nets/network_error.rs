//! Networks that cannot be built, and what can be built instead.

use crate::spec::Architecture;

/// Groups of group normalisation (reference section 3.2).
pub(super) const GROUPS: usize = 4;

/// A network that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Pooling would leave nothing of the image.
    #[error(
        "a ConvNet of depth {depth} leaves nothing of a {height}x{width} image: each block halves it; \
         {}", deepest_hint(*.deepest)
    )]
    TooDeep {
        /// Blocks asked for.
        depth: usize,
        /// Image height in pixels.
        height: usize,
        /// Image width in pixels.
        width: usize,
        /// Blocks that are possible with this pooling.
        deepest: usize,
    },
    /// Some window is larger than what is left of the image.
    #[error(
        "{architecture} is too deep for a {height}x{width} image: a window does not fit into the \
         {side} pixels that are left; take a larger image, or a convnet of less depth"
    )]
    TooSmall {
        /// The network asked for.
        architecture: Architecture,
        /// Image height in pixels.
        height: usize,
        /// Image width in pixels.
        width: usize,
        /// Pixels on the side that the window did not fit into.
        side: usize,
    },
    /// Group normalisation needs the channels in four equal groups.
    #[error(
        "group normalisation works in {GROUPS} groups, so the network's width has to be a multiple of \
         {GROUPS}, and {width} is not"
    )]
    UnevenGroups {
        /// Channels asked for.
        width: usize,
    },
}

fn deepest_hint(deepest: usize) -> String {
    match deepest {
        0 => "it is too small for any pooling, set the pooling to none".to_owned(),
        deepest => format!("the deepest that fits has depth {deepest}, or set the pooling to none"),
    }
}
