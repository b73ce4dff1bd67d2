//! Where a body of chunks ends: RFC 9112, section 7.1, and nothing that it only tolerates.

/// The most digits of a chunk's size.
const SIZE_DIGITS: u8 = 15;

/// Where in a body of chunks the next byte lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chunks {
    Size {
        size: u64,
        digits: u8,
    },
    Extension {
        size: u64,
    },
    SizeEnd {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    /// In the lines after the last chunk.
    Trailer {
        empty: bool,
    },
    TrailerLf {
        empty: bool,
    },
    Ended,
}

impl Chunks {
    /// Where the byte after this one lies; `None`: this one cannot stand here.
    pub(super) fn follow(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Size { size, digits: 1.. } | Self::Extension { size }, b'\r') => {
                Some(Self::SizeEnd { size })
            }
            (Self::Size { size, digits: 1.. }, b';' | b' ' | b'\t') => {
                Some(Self::Extension { size })
            }
            (Self::Size { size, digits }, digit) if digits < SIZE_DIGITS => {
                let value = char::from(digit).to_digit(16)?;
                let size = size * 16 + u64::from(value);
                Some(Self::Size {
                    size,
                    digits: digits + 1,
                })
            }
            (Self::Extension { size }, other) if other != b'\n' => Some(Self::Extension { size }),
            (Self::SizeEnd { size: 0 } | Self::TrailerLf { empty: false }, b'\n') => {
                Some(Self::Trailer { empty: true })
            }
            (Self::SizeEnd { size }, b'\n') => Some(Self::Data { left: size }),
            (Self::Data { left: 1 }, _) => Some(Self::DataCr),
            (Self::Data { left }, _) => Some(Self::Data { left: left - 1 }),
            (Self::DataCr, b'\r') => Some(Self::DataLf),
            (Self::DataLf, b'\n') => Some(Self::Size { size: 0, digits: 0 }),
            (Self::Trailer { empty }, b'\r') => Some(Self::TrailerLf { empty }),
            (Self::TrailerLf { empty: true }, b'\n') => Some(Self::Ended),
            (Self::Trailer { .. }, other) if other != b'\n' => Some(Self::Trailer { empty: false }),
            (
                Self::Size { .. }
                | Self::Extension { .. }
                | Self::SizeEnd { .. }
                | Self::DataCr
                | Self::DataLf
                | Self::Trailer { .. }
                | Self::TrailerLf { .. }
                | Self::Ended,
                _,
            ) => None,
        }
    }
}
