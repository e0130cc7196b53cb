//! The database file: how large, how full, what is in it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{Fact, layout};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::retention::RetentionView;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::query::storage_figures::storage_figures;
use crate::store::file_sizes::FileSizes;
use crate::store::retention::due::Sizes;

#[derive(Template)]
#[template(path = "admin/storage.html")]
struct StoragePage {
    layout: Layout,
    tabs: Vec<Tab>,
    path: String,
    figures: Vec<Fact>,
    facts: Vec<Fact>,
    written: Vec<(&'static str, String)>,
    retention: RetentionView,
    /// Projects that were deleted and whose rows are going.
    leaving: u64,
}

/// Files up to this size are measured for the page, which reads them as a whole.
const MEASURED_BYTES: u64 = 512 * 1024 * 1024;

/// Answers the page.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let found = dashboard.ask(storage_figures).await?;
    let sizes = FileSizes::of(dashboard.store.path());
    let progress = dashboard.retention().await?;
    let measured = if sizes.database <= MEASURED_BYTES { dashboard.ask(Sizes::measure).await.ok() } else { None };
    let shrinks = if progress.pages.can_shrink { "Given back to the disk" } else { "Used again for new rows" };
    html(&StoragePage {
        layout: layout(&request),
        tabs: tabs::of_installation("storage"),
        path: dashboard.store.path().display().to_string(),
        figures: vec![
            Fact::new("Database", format::bytes(sizes.database)),
            Fact::new("Write-ahead log", format::bytes(sizes.log)),
            Fact::new("Free inside the file", format::bytes(found.free_pages * found.page_bytes)),
            Fact::new("Disk left", format::bytes(dashboard.store.health().free_bytes())),
        ],
        facts: vec![
            Fact::new("All files", format::bytes(sizes.total())),
            Fact::new("Pages", format!("{} of {}", format::count(found.pages), format::bytes(found.page_bytes))),
            Fact::new("Free pages", format::count(found.free_pages)),
            Fact::new("What becomes free", shrinks),
            Fact::new("Schema", format!("version {}", found.schema)),
        ],
        written: found.written.into_iter().map(|(name, count)| (name, format::count(count))).collect(),
        retention: RetentionView::new(&progress, measured),
        leaving: progress.projects_leaving,
    })
}
