#include "sheetbq/app/status_parts.hpp"

namespace sheetbq::app {
namespace {

// Colours first: every pair of text and ground has a contrast of 4.5 to 1 or more.
constexpr std::string_view style = R"css(
:root{color-scheme:light dark;
--ground:#f5f6f8;--card:#fff;--line:#e2e5e9;--text:#1c2127;--soft:#5a636e;--link:#0a58b0;--focus:#0a58b0;
--ok:#1a7340;--ok-tint:#e7f5ec;--failing:#b3261e;--failing-tint:#fdecea;--late:#855300;--late-tint:#fdf3dc;
--running:#0a58b0;--running-tint:#e6f0fb;--paused:#6941a5;--paused-tint:#f1eafa;--never:#5a636e;--never-tint:#eef0f3;
--box:#fcf5f4;--box-soft:#f5f6f8;--bar:#7fb395;--bar-live:#0a58b0;--bar-other:#8a939e}
@media (prefers-color-scheme:dark){:root{
--ground:#0f1216;--card:#171b21;--line:#2a3038;--text:#e4e8ed;--soft:#9ba5b1;--link:#79b4f2;--focus:#79b4f2;
--ok:#5cc98a;--ok-tint:#13291d;--failing:#ff8a80;--failing-tint:#331816;--late:#e6b450;--late-tint:#2e2410;
--running:#79b4f2;--running-tint:#12253a;--paused:#c3a3f5;--paused-tint:#251b38;--never:#9ba5b1;--never-tint:#22272e;
--box:#221a1c;--box-soft:#1d2229;--bar:#3f7f5b;--bar-live:#79b4f2;--bar-other:#76808c}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
code,pre{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.page{max-width:1480px;margin:0 auto;padding:20px 24px 40px}
.icon{width:14px;height:14px;flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 14px;margin-bottom:14px}
h1{font-size:20px;line-height:1.2;margin:0;font-weight:650;letter-spacing:-.01em}
header p{margin:0;color:var(--soft)}header .right{margin-left:auto}
.notice{display:flex;gap:10px;align-items:flex-start;background:var(--paused-tint);border:1px solid var(--paused);border-radius:8px;padding:10px 14px;margin-bottom:14px}
.notice .icon{color:var(--paused);margin-top:3px}.notice p{margin:0}.notice code{overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(8,1fr);gap:8px;margin:0 0 14px;padding:0;list-style:none}
.tiles a{display:block;height:100%;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 12px;color:inherit}
.tiles a:hover{border-color:var(--soft);text-decoration:none}
.tiles a[aria-current]{border-color:var(--focus);box-shadow:inset 0 0 0 1px var(--focus)}
.tiles b{display:block;font-size:21px;line-height:1.25;font-weight:600}.tiles b small{font-size:13px;font-weight:400;color:var(--soft)}
.tiles span{display:flex;align-items:center;gap:5px;color:var(--soft);font-size:13px;white-space:nowrap}
.tiles .zero b{color:var(--soft);font-weight:400}
.tiles .failing .icon,.tiles .failing:not(.zero) b{color:var(--failing)}.tiles .late .icon,.tiles .late:not(.zero) b{color:var(--late)}
.tiles .running .icon{color:var(--running)}.tiles .ok .icon{color:var(--ok)}.tiles .paused .icon{color:var(--paused)}
.tiles .zero .icon{color:var(--soft)!important}
form{display:flex;flex-wrap:wrap;align-items:center;gap:8px;margin:0 0 12px}
form .sort{display:none}form .found{margin-left:auto;color:var(--soft)}
input,select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:6px 10px;min-height:34px}
input,select{border-color:var(--bar-other)}input{width:min(320px,100%)}
button{border-color:var(--bar-other);cursor:pointer}button:hover{border-color:var(--text)}
table{width:100%;border-collapse:separate;border-spacing:0;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
thead th{font-size:12px;font-weight:550;text-align:left;color:var(--soft);padding:8px 12px;border-bottom:1px solid var(--line);white-space:nowrap}
thead a{color:inherit}thead th[aria-sort] a{color:var(--text);font-weight:650}
th.rows,th.duration,td.rows,td.duration{text-align:right}
tbody td,tbody th{padding:9px 12px;vertical-align:top;text-align:left;font-weight:400}
tbody+tbody tr:first-child>*{border-top:1px solid var(--line)}
tbody:hover{background:color-mix(in srgb,var(--ground) 55%,var(--card))}tbody:target{background:var(--running-tint)}
td.state{width:1%;white-space:nowrap}td.last,td.next,td.rows,td.duration{white-space:nowrap}td.chart{width:1%}
.state>div{display:flex;flex-direction:column;gap:4px;align-items:flex-start}
.name .title{display:block;font-weight:600;overflow-wrap:anywhere}.name .id{color:var(--soft);font-weight:400;font-size:12px;white-space:nowrap}
.name .where{display:block;font-size:13px;color:var(--soft);overflow-wrap:anywhere}
td small{display:block;font-size:12px;color:var(--soft)}.warn{color:var(--late)}.bad,td small.bad{color:var(--failing)}.none{color:var(--soft)}
time{text-decoration:none}
.badge{display:inline-flex;align-items:center;gap:5px;font-size:12px;line-height:1;font-weight:600;padding:4px 8px 4px 6px;border-radius:99px;color:var(--never);background:var(--never-tint)}
.badge.ok{color:var(--ok);background:var(--ok-tint)}.badge.failing{color:var(--failing);background:var(--failing-tint)}
.badge.late{color:var(--late);background:var(--late-tint)}.badge.running{color:var(--running);background:var(--running-tint)}
.badge.paused{color:var(--paused);background:var(--paused-tint)}
.inactive .title{color:var(--soft);font-weight:500}
.runs{display:block;overflow:visible}.runs .axis{stroke:var(--line)}.runs .g{fill:var(--bar)}.runs .f{fill:var(--failing)}
.runs .u{fill:var(--card);stroke:var(--bar-other)}.runs .l{fill:var(--running-tint);stroke:var(--bar-live);stroke-dasharray:2 1.5}
.runs g:hover rect{opacity:.65}
.more td{padding:0 12px 12px}.more .gap{padding:0}
.trouble{border-left:3px solid var(--failing);background:var(--box);border-radius:0 8px 8px 0;padding:10px 14px}
.trouble.passing{border-color:var(--bar-other);background:var(--box-soft)}
.trouble dl{margin:0;max-width:110ch}.trouble dl div{display:grid;grid-template-columns:44px 1fr;gap:8px}
.trouble dt{color:var(--soft)}.trouble dd{margin:0;white-space:pre-line;overflow-wrap:anywhere}
.trouble .error dd{font-weight:600}.trouble .do dt{color:var(--text);font-weight:600}
.facts{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 16px;margin:6px 0 0;font-size:12px;color:var(--soft)}.facts code{font-size:11px;overflow-wrap:anywhere}
.empty{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:28px;text-align:center}
.empty h2{margin:0 0 6px;font-size:17px}.empty p{margin:6px auto;max-width:70ch;color:var(--soft)}
.empty pre{text-align:left;overflow:auto;max-width:820px;margin:14px auto;padding:14px;border-radius:8px;background:var(--ground);border:1px solid var(--line)}
.pages{display:flex;gap:8px 16px;flex-wrap:wrap;justify-content:center;margin-top:14px;color:var(--soft)}
footer{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:18px;color:var(--soft);font-size:13px}
@media (max-width:1100px){.tiles{grid-template-columns:repeat(4,1fr)}}
@media (max-width:920px){
.page{padding:14px 12px 32px}header .right{margin-left:0;width:100%}
.tiles{gap:6px}.tiles a{padding:6px 9px}.tiles b{font-size:18px}.tiles span{font-size:12px;gap:4px}
form label{flex:1 1 100%}form .sort{display:block;flex:1 1 auto}input,select{width:100%}form .found{margin:0;width:100%}
table,tbody,tr,td,th{display:block}thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table{background:none;border:0;overflow:visible;border-radius:0}
tbody,tbody:hover{background:var(--card);border:1px solid var(--line);border-radius:10px;margin-bottom:10px;overflow:hidden}
tbody+tbody tr:first-child>*{border-top:0}
tbody tr:first-child{display:grid;grid-template-columns:1.35fr 1.35fr 1fr 1fr;gap:8px 10px;padding:12px}
tbody td,tbody th{padding:0}.name{grid-column:1/-1}td.state{grid-area:1/1/2/3;width:auto}.state>div{flex-flow:row wrap}td.chart{grid-area:1/3/2/5;width:auto;justify-self:end}
td.rows,td.duration{text-align:left}td.last,td.next{white-space:normal}
td[data-label]:not(.state):not(.chart)::before{content:attr(data-label);display:block;font-size:11px;color:var(--soft)}
.more td{padding:0}.more .gap{display:none}.trouble{border-radius:0;padding:10px 12px}.trouble dl div{grid-template-columns:36px 1fr}
input,select,button,.tiles a{min-height:44px}footer a,.pages a{padding:6px 0}}
@media print{.tiles,form,footer,.pages{display:none}}
)css";

constexpr std::string_view sprite =
    R"svg(<svg width="0" height="0" class="sr" aria-hidden="true" focusable="false">)svg"
    R"svg(<symbol id="all" viewBox="0 0 16 16"><path d="M2 4h12M2 8h12M2 12h12"/></symbol>)svg"
    R"svg(<symbol id="ok" viewBox="0 0 16 16"><path d="M3 8.5 6.5 12 13 4.5"/></symbol>)svg"
    R"svg(<symbol id="failing" viewBox="0 0 16 16"><path d="M8 2 15 14H1ZM8 6.5v3.5M8 12v.1"/></symbol>)svg"
    R"svg(<symbol id="late" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2"/><path d="M8 4.5V8l2.5 2"/></symbol>)svg"
    R"svg(<symbol id="running" viewBox="0 0 16 16"><path d="M14 8a6 6 0 1 1-2-4.5M12.5 1v3h-3"/></symbol>)svg"
    R"svg(<symbol id="paused" viewBox="0 0 16 16"><path d="M5.5 3v10M10.5 3v10"/></symbol>)svg"
    R"svg(<symbol id="never" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" stroke-dasharray="2.5 2.5"/></symbol>)svg"
    R"svg(<symbol id="inactive" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2"/><path d="m3.8 12.2 8.4-8.4"/></symbol>)svg"
    R"svg(</svg>)svg";

}  // namespace

std::string_view status_style() { return style; }

std::string_view icon_sprite() { return sprite; }

}  // namespace sheetbq::app
