/* Text into a page. Everything that comes from a workspace or a platform goes through here. */
#include "report/export.h"

void bh_html(bh_buf *out, bh_str text) {
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    switch (c) {
      case '&': bh_buf_putz(out, "&amp;"); break;
      case '<': bh_buf_putz(out, "&lt;"); break;
      case '>': bh_buf_putz(out, "&gt;"); break;
      case '"': bh_buf_putz(out, "&quot;"); break;
      case '\'': bh_buf_putz(out, "&#39;"); break;
      default:
        if (c >= 0x20 || c == '\n' || c == '\t') bh_buf_putc(out, (char)c); /* other control characters are not text */
    }
  }
}

const char bh_html_style[] =
  ":root{color-scheme:light}*{box-sizing:border-box}"
  "body{font:14px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;color:#1c2330;margin:0;background:#eef0f3}"
  "main{position:relative;background:#fff;max-width:820px;margin:24px auto;padding:48px 52px;box-shadow:0 1px 4px #0002;overflow:hidden}"
  "h1{font-size:26px;margin:0 0 4px;font-weight:600}h2{font-size:12px;text-transform:uppercase;letter-spacing:.06em;color:#5b6675;margin:0 0 6px}"
  "header{display:flex;justify-content:space-between;gap:32px;margin-bottom:36px}address{font-style:normal}.right{text-align:right}"
  ".muted{color:#5b6675}dl{display:grid;grid-template-columns:auto auto;gap:2px 18px;justify-content:end;margin:8px 0 0}dt{color:#5b6675}dd{margin:0}"
  "table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}th{font-size:12px;text-align:left;color:#5b6675;font-weight:600;border-bottom:2px solid #1c2330;padding:6px 8px}"
  "td{padding:7px 8px;border-bottom:1px solid #e3e6ea;vertical-align:top}th.n,td.n{text-align:right;white-space:nowrap}th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}"
  "tr.section td{font-weight:600;padding-top:18px;border-bottom:1px solid #1c2330}tr.discount td{color:#43506a}tr.subtotal td{font-weight:600}"
  "tfoot td{border:0;padding:4px 8px}tfoot tr.total td{font-size:18px;font-weight:700;border-top:2px solid #1c2330;padding-top:9px}tfoot tr.due td{font-weight:600}"
  ".memo{margin-top:28px;white-space:pre-line}"
  ".mark{position:absolute;top:42%;left:0;right:0;text-align:center;font-size:120px;font-weight:800;letter-spacing:.12em;color:#b3261e;opacity:.09;transform:rotate(-24deg);pointer-events:none}"
  "a{color:inherit}"
  "@media print{body{background:#fff}main{box-shadow:none;margin:0;max-width:none;padding:0;page-break-after:always;break-after:page}main:last-of-type{page-break-after:auto;break-after:auto}thead{display:table-header-group}tr{break-inside:avoid}@page{margin:18mm}}";
