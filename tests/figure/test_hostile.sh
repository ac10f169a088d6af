#!/bin/sh
# Whatever a user can name or print is text in the report: the folder, values of parameters, words of a
# trainer that failed. (Names of sweeps, arms and parameters have letters and digits alone.)
. tests/script.sh

cat >trainer.sh <<'END_OF_TRAINER'
for word in "$@"; do
    case $word in
    --lr=0.1) loss=1000 ;;
    --lr=0.01) loss=1 ;;
    --bad=*) echo '</ul><script>alert("words")</script><b onclick=alert(4)>' >&2 && exit 3 ;;
    esac
done
for step in 1 2 3; do echo "{\"step\": $step, \"loss\": $loss, \"grad_norm\": 1}"; done >metrics.jsonl
END_OF_TRAINER
cat >hostile.yaml <<'END_OF_SPEC'
name: hostile
external: {command: [sh, trainer.sh, "${args}"], steps: 3}
diverge.loss: 100
axes:
  product:
    params.lr: [0.1, 0.01]
    params.tag: ['"><img src=x onerror=alert(1)>', "plain' &lt;`${1}"]
arms:
  base: {}
  marked: {params.clip: '<i>]]></script><script>alert(2)</script>'}
  bad: {params.bad: 1}
END_OF_SPEC
folder_of_run="<u>run&amp;'\"-->"
expect 3 '4 failed' "$program" run hostile.yaml -n 1 --out "$folder_of_run"
expect 0 'report: page.html' "$program" report "$folder_of_run" -o page.html --plots plots

cat >look.py <<'END_OF_LOOK'
# Reads the page as a browser would and tells what stands there as text and what as elements.
import glob, html.parser, sys, xml.etree.ElementTree
class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.elements, self.wrong = [], [], []
    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.wrong += [f"<{tag} {name}>" for name, _ in attributes if name.startswith("on")]
    def handle_data(self, data):
        self.text.append(data)
page = Page()
page.feed(open("page.html").read())
text = "".join(page.text)
wrong = page.wrong + [f"<{tag}>" for tag in page.elements if tag in ("img", "i", "u", "b")]
if page.elements.count("script") != 2: wrong.append("another script than the page's two")
for words in ('<u>run&amp;\'"-->', '"><img src=x onerror=alert(1)>', "plain' &lt;`${1}",
              '<i>]]></script><script>alert(2)</script>', '<b onclick=alert(4)>'):
    if words not in text: wrong.append(f"not shown: {words}")
for drawing in glob.glob("plots/*.svg"):
    tags = {element.tag.split("}")[1] for element in xml.etree.ElementTree.parse(drawing).iter()}
    wrong += [f"{drawing}: <{tag}>" for tag in tags & {"script", "img", "i", "u", "b", "image"}]
sys.exit("; ".join(wrong) if wrong else 0)
END_OF_LOOK
python3 look.py >output 2>&1 || fail 'markup'
