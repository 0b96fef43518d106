"""The style sheet of reports: one column, large figures, light and dark as the reader's system."""

STYLE = """
:root{--ground:#f6f7f9;--panel:#fff;--ink:#1b2330;--soft:#5d6979;--line:#e1e5ea;--accent:#3f7d0c;
--bar:#d9efc2;--shadow:0 1px 2px #1b233014,0 4px 16px #1b23300a}
@media(prefers-color-scheme:dark){:root{--ground:#10141a;--panel:#181e26;--ink:#e6eaf0;
--soft:#98a4b3;--line:#2a323d;--accent:#9bd45c;--bar:#2f4a17;--shadow:none}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
header,main{max-width:1120px;margin:0 auto;padding:0 24px}
header{padding-top:40px}
h1{font-size:30px;line-height:1.2;margin:0;letter-spacing:-.02em;overflow-wrap:anywhere}
header p{color:var(--soft);margin:6px 0 0}
nav{display:flex;flex-wrap:wrap;gap:6px 18px;margin:18px 0 0;padding-bottom:14px;
border-bottom:1px solid var(--line)}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
section{margin:34px 0}
h2{font-size:19px;margin:0 0 10px;letter-spacing:-.01em}
p{max-width:75ch;margin:8px 0;color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:14px;margin:14px 0}
.card{background:var(--panel);border:1px solid var(--line);border-radius:12px;
padding:14px 16px;box-shadow:var(--shadow)}
.card span,.card small{display:block;color:var(--soft);font-size:13px}
.card b{display:block;font-size:28px;line-height:1.25;font-weight:650;letter-spacing:-.02em;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.wide{overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:12px;
margin:14px 0;box-shadow:var(--shadow)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:13px;padding:10px 14px 2px}
th{text-align:right;font-weight:600;font-size:13px;color:var(--soft);white-space:nowrap}
th,td{padding:8px 14px;border-bottom:1px solid var(--line)}
tbody tr:last-child td{border-bottom:0}
th:first-child,td:first-child{text-align:left}
td{text-align:right;white-space:nowrap}
td:first-child{font-weight:550}
td.none{color:var(--soft)}
td.bar{background:linear-gradient(var(--bar),var(--bar)) left center/var(--part) 62% no-repeat}
figure{margin:14px 0;background:var(--panel);border:1px solid var(--line);border-radius:12px;
padding:12px;box-shadow:var(--shadow)}
figure svg,figure img{display:block;max-width:100%;height:auto;margin:0 auto;border-radius:6px}
figcaption{color:var(--soft);font-size:13px;margin-top:8px;overflow-wrap:anywhere}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:14px}
.gallery figure{margin:0}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13px}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:7px;
vertical-align:-1px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 22px;margin:14px 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
details{margin:12px 0}
summary{cursor:pointer;color:var(--accent)}
pre{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:14px;
overflow-x:auto;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media print{.card,.wide,figure{box-shadow:none;break-inside:avoid}nav{display:none}}
"""
