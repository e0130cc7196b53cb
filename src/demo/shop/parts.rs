//! Style sheet, script, pictures, and the manuals.

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use crate::demo::catalogue;

const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M16 30c-8 0-12-6-10-13 2-5 7-7 7-14 7 4 8 9 7 13 3-1 4-4 4-7 6 6 8 12 5 17-2 3-7 4-13 4z" fill="#f07b2c"/></svg>"##;

pub(super) async fn style() -> HttpResponse {
    part("text/css; charset=utf-8", include_str!("../../../templates/demo/shop.css"))
}

pub(super) async fn script() -> HttpResponse {
    part("text/javascript; charset=utf-8", include_str!("../../../templates/demo/shop.js"))
}

pub(super) async fn icon() -> HttpResponse {
    part("image/svg+xml", ICON)
}

/// A manual: the smallest PDF with something on its page.
pub(super) async fn manual(file: web::Path<String>) -> HttpResponse {
    let Some(product) = file.strip_suffix(".pdf").and_then(catalogue::product) else {
        return HttpResponse::NotFound().finish();
    };
    let text = format!("BT /F1 18 Tf 72 760 Td ({}: put wood in, light it from above.) Tj ET", product.name);
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{text}\nendstream", text.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut places = Vec::with_capacity(objects.len());
    for (at, object) in objects.iter().enumerate() {
        places.push(format!("{:010} 00000 n \n", pdf.len()));
        pdf.extend([&(at + 1).to_string(), " 0 obj", object, "endobj\n"]);
    }
    let table = pdf.len();
    let size = objects.len() + 1;
    let table_of_places = format!("xref\n0 {size}\n0000000000 65535 f \n{}", places.concat());
    let trailer = format!("trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n");
    HttpResponse::Ok().content_type("application/pdf").body(pdf + &table_of_places + &trailer)
}

fn part(kind: &'static str, content: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(kind).insert_header((header::CACHE_CONTROL, "max-age=600")).body(content)
}
