//! Where the guest's code lies within its page.
//!
//! A compiled module begins at the start of a page, and the host's functions keep their places
//! within theirs, so the two meet in the same slots of caches and branch predictors in every
//! process of one executable: luck that no number of processes averages away. Two builds of the
//! suite said, both within 1 %, that a sentinel takes 166 and 178 ns sixteen frames deep on
//! Cranelift. A function of random size in front of the guest's own turns that into noise.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, Function, FunctionSection, Instruction, Module};
use wasmparser::{
    CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef, Validator, WasmFeatures,
};

/// The most calls that the function in front may hold: with 5 to 30 bytes of machine code each,
/// enough for more than a page.
pub const MOST: u32 = 512;

/// The module with one more function in front of its own. It is never called; it holds `calls`
/// calls of the first imported function that takes and returns nothing, which no compiler may
/// leave out. A module without such an import is returned as it is.
pub fn displaced(wasm: &[u8], calls: u32) -> Vec<u8> {
    let mut module = Module::new();
    let front = Front::find(wasm, calls);
    let parsed = front.map(|mut front| front.parse_core_module(&mut module, Parser::new(0), wasm));
    match parsed {
        Some(Ok(())) => module.finish(),
        // What the re-encoder does not know is measured where it lies.
        Some(Err(_)) | None => wasm.to_vec(),
    }
}

/// The function in front, and who calls whom after it has moved in.
struct Front {
    imported: u32,
    /// What it calls, with its type.
    callee: u32,
    ty: u32,
    calls: u32,
}

impl Front {
    fn find(wasm: &[u8], calls: u32) -> Option<Front> {
        let types = Validator::new_with_features(WasmFeatures::all())
            .validate_all(wasm)
            .ok()?;
        let types = types.as_ref();
        let mut imported = 0;
        let mut found = None;
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::ImportSection(imports) = payload.ok()? {
                for import in imports.into_imports() {
                    if let TypeRef::Func(ty) = import.ok()?.ty {
                        let id = types.core_function_at(imported);
                        let signature = types[id].unwrap_func();
                        if signature.params().is_empty() && signature.results().is_empty() {
                            found = found.or(Some((imported, ty)));
                        }
                        imported += 1;
                    }
                }
            }
        }
        let (callee, ty) = found?;
        Some(Front {
            imported,
            callee,
            ty,
            calls,
        })
    }
}

impl Reencode for Front {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        Ok(function + u32::from(function >= self.imported))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        functions.function(self.ty);
        utils::parse_function_section(self, functions, section)
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let mut body = Function::new([]);
        for _ in 0..self.calls {
            body.instruction(&Instruction::Call(self.callee));
        }
        body.instruction(&Instruction::End);
        code.function(&body);
        utils::parse_code_section(self, code, section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::WAT;

    #[test]
    fn the_guest_stays_itself_behind_the_function_in_front() {
        let wasm = wat::parse_str(WAT).unwrap();
        let moved = displaced(&wasm, 7);
        let code = |wasm: &[u8]| -> Vec<Vec<u8>> {
            let bodies = Parser::new(0)
                .parse_all(wasm)
                .filter_map(|payload| match payload {
                    Ok(Payload::CodeSectionEntry(body)) => Some(body.as_bytes().to_vec()),
                    _ => None,
                });
            bodies.collect()
        };
        let (before, after) = (code(&wasm), code(&moved));
        assert_eq!(after.len(), before.len() + 1);
        // Seven calls of two bytes, no locals, the end.
        assert_eq!(after[0], [&[0][..], &[0x10, 0].repeat(7), &[0x0b]].concat());
        // Each call of one of the guest's own functions names it by its new number.
        for (before, after) in before.iter().zip(&after[1..]) {
            let moved = before.iter().zip(after).filter(|(a, b)| a != b);
            assert!(moved.clone().all(|(a, b)| a + 1 == *b));
            assert_eq!(moved.count(), 1);
        }
    }

    #[test]
    fn a_module_that_offers_nothing_to_call_is_left_alone() {
        let wasm = wat::parse_str("(module (import \"env\" \"f\" (func (param i32))))").unwrap();
        assert_eq!(displaced(&wasm, 3), wasm);
        assert_eq!(displaced(b"no module", 3), b"no module");
    }
}
