//! `chandlery config`

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    failure::Exit,
    output::{
        Output, Report,
        table::{Column, Table},
    },
    settings::{Settings, ShownSetting},
};

#[derive(Serialize)]
struct SettingsReport<'a> {
    settings: &'a [ShownSetting],
}

pub(crate) fn run(settings: &Settings, output: Output) -> anyhow::Result<Exit> {
    output.print(&SettingsReport {
        settings: &settings.shown,
    })?;
    Ok(Exit::Done)
}

impl Report for SettingsReport<'_> {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(&[
            Column::Left("setting"),
            Column::Left("value"),
            Column::Left("from"),
        ]);
        for ShownSetting { name, value, origin } in self.settings {
            table.row([name.clone(), value.clone(), origin.clone()]);
        }
        write!(out, "{table}")
    }
}
