//! What a component is made of, where it is made as usual: one core module that holds the whole
//! guest, and around it what `wit-component` adds to link it. Anything else has no shape here, and
//! is run as the component that it is.

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentTypeRef,
    ExternalKind, Instance, Parser, Payload, TypeRef,
};

use super::trampolines;

/// The table through which trampolines call what is lowered after them.
pub(super) const TABLE: &str = "$imports";

/// What is known of a guest's one core module.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Its index among the component's modules.
    pub(super) module: u32,
    /// What it imports.
    pub(super) imports: Vec<Import>,
    /// The names of what the host uses of it.
    pub(super) exports: Exports,
}

/// One function that the module imports.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// Its name in the module, in two parts.
    pub(super) name: (String, String),
    /// The interface, without its version, and the function that it stands for. `None`: something
    /// that has no name outside, such as dropping a resource.
    pub(super) stands_for: Option<(String, String)>,
}

/// Names of a module's exports.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exports {
    pub(super) memory: String,
    pub(super) realloc: String,
    pub(super) handle: String,
    pub(super) post_return: Option<String>,
}

/// What an instance exports under a name.
type Named<'a> = (u32, &'a str);

/// The options with which a function is lifted.
type Options = Box<[CanonicalOption]>;

/// A core function, by where it comes from.
enum CoreFunc<'a> {
    Lowered { func: u32, options: Options },
    Export { instance: u32, name: &'a str },
    ResourceDrop,
}

/// The index spaces of a component (component model, Explainer.md, "Index spaces"), as far as they
/// matter.
#[derive(Default)]
struct Component<'a> {
    modules: Vec<&'a [u8]>,
    core_instances: Vec<Instance<'a>>,
    core_funcs: Vec<CoreFunc<'a>>,
    core_memories: Vec<Named<'a>>,
    core_tables: Vec<Named<'a>>,
    /// Functions of imported instances.
    funcs: Vec<Option<Named<'a>>>,
    /// Imported instances.
    instances: Vec<Option<&'a str>>,
    lifts: Vec<(u32, Options)>,
}

impl Shape {
    /// Reads a valid component. `None`: it is made in another way.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let component = Component::read(bytes)?;
        let (handle, options) = component.lift_of("#handle")?;
        let (_, main_options) = component.lift_of("#describe")?;
        let main = handle.0;
        let memory = component.memory_of(&options)?;
        let realloc = component.realloc_of(&options)?;
        let of_main = |(instance, name): Named<'_>| (instance == main).then(|| name.to_owned());
        let post_return = match component.post_return_of(&options) {
            Some(export) => Some(of_main(export?)?),
            None => None,
        };
        (component.memory_of(&main_options)? == memory).then_some(())?;
        Some(Self {
            module: component.module_of(main)?,
            imports: component.imports_of(main)?,
            exports: Exports {
                memory: of_main(memory)?,
                realloc: of_main(realloc)?,
                handle: handle.1.to_owned(),
                post_return,
            },
        })
    }
}

impl<'a> Component<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut component = Self::default();
        // What the sections that are being read are inside of.
        let mut outer = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            match (payload.ok()?, outer.last()) {
                (
                    Payload::ModuleSection {
                        unchecked_range, ..
                    },
                    None,
                ) => {
                    component.modules.push(bytes.get(unchecked_range)?);
                    outer.push(Nested::Module);
                }
                (Payload::ComponentSection { .. }, None) => outer.push(Nested::Component),
                (Payload::End(_), _) => drop(outer.pop()),
                (_, Some(Nested::Module)) => {}
                // Components inside give types their names, and nothing else.
                (payload, Some(Nested::Component)) => is_harmless(&payload).then_some(())?,
                (payload, None) => component.section(payload)?,
            }
        }
        Some(component)
    }

    fn section(&mut self, payload: Payload<'a>) -> Option<()> {
        match payload {
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.core_instances.push(instance.ok()?);
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import.ok()?;
                    match import.ty {
                        ComponentTypeRef::Instance(_) => {
                            self.instances.push(Some(import.name.name));
                        }
                        ComponentTypeRef::Type(_) => {}
                        _ => return None,
                    }
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    self.alias(alias.ok()?)?;
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    self.canonical(function.ok()?)?;
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    instance.ok()?;
                    self.instances.push(None);
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export.ok()?;
                    let is_usual = export.kind == ComponentExternalKind::Instance
                        // The host adds one of this name.
                        && export.name.name != super::EXPORT;
                    is_usual.then_some(())?;
                    self.instances.push(None);
                }
            }
            Payload::ComponentStartSection { .. } | Payload::UnknownSection { .. } => return None,
            _ => {}
        }
        Some(())
    }

    fn alias(&mut self, alias: ComponentAlias<'a>) -> Option<()> {
        match alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                name,
            } => match kind {
                ComponentExternalKind::Func => self.funcs.push(Some((instance_index, name))),
                ComponentExternalKind::Type => {}
                _ => return None,
            },
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index: instance,
                name,
            } => match kind {
                ExternalKind::Func => self.core_funcs.push(CoreFunc::Export { instance, name }),
                ExternalKind::Memory => self.core_memories.push((instance, name)),
                ExternalKind::Table => self.core_tables.push((instance, name)),
                _ => return None,
            },
            ComponentAlias::Outer { .. } => return None,
        }
        Some(())
    }

    fn canonical(&mut self, function: CanonicalFunction) -> Option<()> {
        match function {
            CanonicalFunction::Lift {
                core_func_index,
                options,
                ..
            } => {
                self.lifts.push((core_func_index, options));
                self.funcs.push(None);
            }
            CanonicalFunction::Lower {
                func_index: func,
                options,
            } => self.core_funcs.push(CoreFunc::Lowered { func, options }),
            CanonicalFunction::ResourceDrop { .. } => {
                self.core_funcs.push(CoreFunc::ResourceDrop);
            }
            _ => return None,
        }
        Some(())
    }

    /// The one lifted function of the interface `fs7:plugin/handler` with this ending: the export
    /// of a core instance, and its options.
    fn lift_of(&self, ending: &str) -> Option<(Named<'a>, Options)> {
        let mut found = self.lifts.iter().filter_map(|(func, options)| {
            let (instance, name) = self.export(*func)?;
            let is_ours = name.starts_with("fs7:plugin/handler@") && name.ends_with(ending);
            is_ours.then_some(((instance, name), options.clone()))
        });
        let lift = found.next()?;
        let is_only = found.next().is_none() && self.lifts.len() == 2 && is_plain(&lift.1);
        is_only.then_some(lift)
    }

    fn export(&self, func: u32) -> Option<Named<'a>> {
        match at(&self.core_funcs, func)? {
            CoreFunc::Export { instance, name } => Some((*instance, name)),
            CoreFunc::Lowered { .. } | CoreFunc::ResourceDrop => None,
        }
    }

    fn memory_of(&self, options: &[CanonicalOption]) -> Option<Named<'a>> {
        options.iter().find_map(|option| match option {
            CanonicalOption::Memory(memory) => at(&self.core_memories, *memory).copied(),
            _ => None,
        })
    }

    fn realloc_of(&self, options: &[CanonicalOption]) -> Option<Named<'a>> {
        options.iter().find_map(|option| match option {
            CanonicalOption::Realloc(func) => self.export(*func),
            _ => None,
        })
    }

    fn post_return_of(&self, options: &[CanonicalOption]) -> Option<Option<Named<'a>>> {
        options.iter().find_map(|option| match option {
            CanonicalOption::PostReturn(func) => Some(self.export(*func)),
            _ => None,
        })
    }

    fn module_of(&self, instance: u32) -> Option<u32> {
        match at(&self.core_instances, instance)? {
            Instance::Instantiate { module_index, .. } => Some(*module_index),
            Instance::FromExports(_) => None,
        }
    }

    /// What the module of a core instance imports, and what that stands for.
    fn imports_of(&self, main: u32) -> Option<Vec<Import>> {
        let Instance::Instantiate { module_index, args } = at(&self.core_instances, main)? else {
            return None;
        };
        let mut imports = Vec::new();
        for (module, field) in function_imports(at(&self.modules, *module_index)?)? {
            let arg = args.iter().find(|arg| arg.name == module)?;
            let func = self.exported_func(arg.index, field)?;
            let stands_for = match at(&self.core_funcs, func)? {
                CoreFunc::Lowered { .. } => Some(self.lowered(func)?),
                CoreFunc::ResourceDrop => None,
                CoreFunc::Export { instance, name } => self.behind_trampoline(*instance, name)?,
            };
            imports.push(Import {
                name: (module.to_owned(), field.to_owned()),
                stands_for,
            });
        }
        self.is_alone(main)?.then_some(imports)
    }

    /// Whether no other instance does anything to the guest while it is made: those beside it are
    /// trampolines, what fills their table, and adapters, which wait to be called.
    fn is_alone(&self, main: u32) -> Option<bool> {
        let is_mains = |(instance, _): &Named<'_>| *instance == main;
        if self.core_tables.iter().any(is_mains) {
            return Some(false);
        }
        for (index, instance) in self.core_instances.iter().enumerate() {
            let Instance::Instantiate { module_index, .. } = instance else {
                continue;
            };
            let module = at(&self.modules, *module_index)?;
            let is_known = u32::try_from(index) == Ok(main)
                || trampolines::is_inert(module)
                || trampolines::count(module).is_some()
                || trampolines::filled(module).is_some();
            if !is_known {
                return Some(false);
            }
        }
        Some(true)
    }

    /// The function of an instance that was put together of functions.
    fn exported_func(&self, instance: u32, field: &str) -> Option<u32> {
        let Instance::FromExports(exports) = at(&self.core_instances, instance)? else {
            return None;
        };
        let mut found = exports.iter().filter(|export| export.name == field);
        let export = found.next()?;
        (export.kind == ExternalKind::Func && found.next().is_none()).then_some(export.index)
    }

    /// The interface, without its version, and the name of a lowered function.
    fn lowered(&self, func: u32) -> Option<(String, String)> {
        let CoreFunc::Lowered { func, options } = at(&self.core_funcs, func)? else {
            return None;
        };
        is_plain(options).then_some(())?;
        let (instance, name) = at(&self.funcs, *func)?.as_ref()?;
        let interface = at(&self.instances, *instance)?.as_ref()?;
        let interface = interface.split('@').next().unwrap_or(interface);
        Some((interface.to_owned(), (*name).to_owned()))
    }

    /// What the trampoline of this name calls: what the other module puts into their table.
    fn behind_trampoline(&self, instance: u32, name: &str) -> Option<Option<(String, String)>> {
        let trampolines = at(&self.modules, self.module_of(instance)?)?;
        let (filler, arg) = self.core_instances.iter().find_map(|filler| match filler {
            Instance::Instantiate { module_index, args } => match args.as_ref() {
                [arg] if arg.name.is_empty() => Some((*module_index, arg.index)),
                _ => None,
            },
            Instance::FromExports(_) => None,
        })?;
        let count = trampolines::count(trampolines)?;
        (trampolines::filled(at(&self.modules, filler)?)? == count).then_some(())?;
        let Instance::FromExports(exports) = at(&self.core_instances, arg)? else {
            return None;
        };
        let table = exports.iter().find(|export| export.name == TABLE)?;
        let is_theirs = table.kind == ExternalKind::Table
            && *at(&self.core_tables, table.index)? == (instance, TABLE);
        is_theirs.then_some(())?;
        let func = self.exported_func(arg, name)?;
        match at(&self.core_funcs, func)? {
            CoreFunc::Lowered { .. } => Some(Some(self.lowered(func)?)),
            // A function of an adapter: of WASI 0.1, made of functions of WASI 0.2.
            CoreFunc::ResourceDrop | CoreFunc::Export { .. } => Some(None),
        }
    }
}

enum Nested {
    Module,
    Component,
}

fn is_harmless(payload: &Payload<'_>) -> bool {
    matches!(
        payload,
        Payload::Version { .. }
            | Payload::ComponentTypeSection(_)
            | Payload::ComponentImportSection(_)
            | Payload::ComponentExportSection(_)
            | Payload::ComponentAliasSection(_)
            | Payload::CustomSection(_)
    )
}

/// Whether a function is lifted or lowered as everybody does it: synchronous, texts in UTF-8.
fn is_plain(options: &[CanonicalOption]) -> bool {
    options.iter().all(|option| {
        matches!(
            option,
            CanonicalOption::UTF8
                | CanonicalOption::Memory(_)
                | CanonicalOption::Realloc(_)
                | CanonicalOption::PostReturn(_)
        )
    })
}

/// The imports of a module that imports functions only and starts nothing by itself.
fn function_imports(module: &[u8]) -> Option<Vec<(&str, &str)>> {
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.ok()?;
                    matches!(import.ty, TypeRef::Func(_)).then_some(())?;
                    functions.push((import.module, import.name));
                }
            }
            Payload::StartSection { .. } => return None,
            _ => {}
        }
    }
    Some(functions)
}

fn at<T>(list: &[T], index: u32) -> Option<&T> {
    list.get(usize::try_from(index).ok()?)
}
