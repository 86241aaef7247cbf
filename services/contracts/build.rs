//! Compiles the protobuf of the internal gRPC without protoc: every file below `proto/`.

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=manifests");
    #[cfg(feature = "grpc")]
    grpc::compile()?;
    Ok(())
}

#[cfg(feature = "grpc")]
mod grpc {
    use std::{
        collections::BTreeSet,
        env, fs, io,
        path::{Path, PathBuf},
    };

    const FOLDER: &str = "proto";

    pub fn compile() -> io::Result<()> {
        println!("cargo::rerun-if-changed={FOLDER}");
        let files = files(Path::new(FOLDER))?;
        let descriptors = protox::compile(&files, [FOLDER]).map_err(io::Error::other)?;
        let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
        fs::write(out.join("grpc.rs"), modules(descriptors.file.iter().map(|file| file.package())))?;
        tonic_prost_build::configure().compile_fds(descriptors)
    }

    fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match path.is_dir() {
                true => files.extend(self::files(&path)?),
                false => files.push(path),
            }
        }
        files.sort();
        Ok(files)
    }

    /// A module for each package of ours: `cart` for `warung.cart.v1`, `cart_v2` for `warung.cart.v2`.
    fn modules<'a>(packages: impl Iterator<Item = &'a str>) -> String {
        let ours: BTreeSet<(&str, &str)> =
            packages.filter_map(|package| Some((package, package.strip_prefix("warung.")?))).collect();
        let module = |(package, name): (&str, &str)| {
            let name = name.strip_suffix(".v1").unwrap_or(name).replace('.', "_");
            format!("/// `{package}`\npub mod {name} {{\n    tonic::include_proto!(\"{package}\");\n}}\n")
        };
        ours.into_iter().map(module).collect()
    }
}
