//! What a project's people set for it. The functions run on any connection, as those of the registry.

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::domain::visit::VisitsFrom;
use crate::store::StoreError;

/// The settings of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSettings {
    /// IANA name of the zone whose days are the project's days.
    pub time_zone: String,
    /// Where its visits are counted from.
    pub visits_from: VisitsFrom,
}

/// The settings of a project.
pub fn read(connection: &Connection, project: ProjectId) -> Result<ProjectSettings, StoreError> {
    let settings = connection.prepare_cached("SELECT time_zone, visits_from FROM project WHERE id = ?1")?.query_row(
        [project.0],
        |row| {
            // A number that only a newer Hearth knows is what is usual.
            let visits_from = VisitsFrom::from_number(row.get(1)?).unwrap_or_default();
            Ok(ProjectSettings { time_zone: row.get(0)?, visits_from })
        },
    )?;
    Ok(settings)
}

/// Replaces the settings of a project. Whether the zone exists is for the caller to look at.
pub fn set(connection: &Connection, project: ProjectId, settings: &ProjectSettings) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE project SET time_zone = ?2, visits_from = ?3 WHERE id = ?1")?
        .execute(params![project.0, settings.time_zone, settings.visits_from as u8])?;
    Ok(())
}

/// Gives a project another name; false if another project has it.
pub fn rename(connection: &Connection, project: ProjectId, name: &str) -> Result<bool, StoreError> {
    let mut other =
        connection.prepare_cached("SELECT 1 FROM project WHERE name = ?2 AND id <> ?1 AND deleted_at_ms IS NULL")?;
    if other.exists(params![project.0, name])? {
        return Ok(false);
    }
    connection.prepare_cached("UPDATE project SET name = ?2 WHERE id = ?1")?.execute(params![project.0, name])?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{migrate, registry};

    #[test]
    fn settings_read_back_and_belong_to_one_project() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let [one, other] = ["One", "Other"].map(|name| registry::add_project(&connection, name, 0).unwrap().project);
        let settings = ProjectSettings { time_zone: "Europe/Berlin".to_owned(), visits_from: VisitsFrom::Web };
        set(&connection, one, &settings).unwrap();
        assert_eq!(read(&connection, one).unwrap(), settings);
        let usual = ProjectSettings { time_zone: "UTC".to_owned(), visits_from: VisitsFrom::Auto };
        assert_eq!(read(&connection, other).unwrap(), usual);
    }

    #[test]
    fn no_two_projects_get_the_same_name() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let [one, _] = ["One", "Other"].map(|name| registry::add_project(&connection, name, 0).unwrap().project);
        assert!(!rename(&connection, one, "Other").unwrap());
        assert!(rename(&connection, one, "Shop").unwrap() && rename(&connection, one, "Shop").unwrap());
        assert_eq!(registry::project_name(&connection, one).unwrap(), "Shop");
    }
}
