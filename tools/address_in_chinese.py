"""What `make address` writes into the Chinese pages; address.py has the English, and the form.

{first} is the chapter that is opened, and the rest is as there.
"""

FIRST = "zh/chapters/01-attention-cues.ipynb"
BINDER = f"https://mybinder.org/v2/gh/{{name}}/{{branch}}?urlpath=lab/tree/{FIRST}"
COLAB = f"https://colab.research.google.com/github/{{name}}/blob/{{branch}}/{FIRST}"
IT_LENDS = (
    "上一次有人打开之后，书如果又改过，机器就要先重新造一遍，要等几分钟。它有2 GB内存；没有哪一章用到1.1 GB以上，"
    "JupyterLab也算在内。十分钟什么也不做，机器就没有了，你改过的东西也跟着没有了：想留的要下载下来。"
)

PASSAGES = {
    ("zh/README.md", "badges"): (
        "",
        "[![书]({url}/actions/workflows/book.yml/badge.svg)]({url}/actions/workflows/book.yml)\n"
        f"[![Binder](https://mybinder.org/badge_logo.svg)]({BINDER})\n"
        f"[![Colab](https://colab.research.google.com/assets/colab-badge.svg)]({COLAB})",
    ),
    ("zh/README.md", "read"): (
        "**阅读**：按下面的办法生成网站，然后打开`_build/html/zh/index.html`。",
        "**阅读**：网站在<{site}zh/>，也可以按下面的办法自己生成。",
    ),
    ("zh/README.md", "launch"): (
        "**在线打开**：在浏览器里借用一台机器来运行，自己什么也不用装。Binder不需要账号，Colab需要一个Google账号。"
        "两者都从书的发布处取书，而你手上的这一份还没有发布处：把它放上GitHub之后，运行`make address`，"
        "地址就会写进设置、各个页面和这份说明。在那之前，请把下面的`OWNER`换成仓库的所有者，`REPOSITORY`换成仓库的名字："
        f"\n\n```\n{BINDER}\n{COLAB}\n```",
        "**在线打开**：在浏览器里借用一台机器来运行，自己什么也不用装。"
        f"[Binder]({BINDER})不需要账号，[Colab]({COLAB})需要一个Google账号。每一章的页面上都有这两个链接。",
    ),
    ("zh/chapters/running.md", "copy"): (
        "",
        "或者取下整本书，连同它的网页和测试，只要你有git：\n\n```\ngit clone {url}\n```",
    ),
    ("zh/chapters/running.md", "launch"): (
        "用Binder和Colab打开笔记本，什么都不用安装。它们要从书的发布处取书，而你手上的这一份不知道发布在哪里。如果书在GitHub上，"
        "就把`OWNER`换成它的所有者，把`REPOSITORY`换成它的名字。"
        "\n\n**Binder**不需要账号：\n\n"
        f"```\n{BINDER}\n```\n\n"
        "{lends_in_chinese}\n\n"
        "**Colab**需要一个Google账号：\n\n"
        f"```\n{COLAB}\n```\n\n"
        "Colab打开的只是一个笔记本，没有书的其余部分。笔记本的第一个单元格折叠着，在Colab里会说明这件事，在别处什么也不做。"
        "选择“Runtime”菜单里的“Run all”之前，先把paying-attention-notebooks.zip放进“Files”面板，"
        "再另开一个单元格运行`!pip install paying-attention-notebooks.zip`。",
        "每章顶部都有链接，可以在别处把这一章作为笔记本打开，什么都不用安装。\n\n"
        f"**Binder**不需要账号：[在Binder中打开第01章]({BINDER})。{{lends_in_chinese}}\n\n"
        f"**Colab**需要一个Google账号：[在Colab中打开第01章]({COLAB})。选择*Runtime*、*Run all*。"
        "Colab打开的只是一个笔记本，"
        "没有书的其余部分，所以折叠着的第一个单元格会去取工具箱，取的是笔记本写成时的那一版；这一章若需要`d2l`"
        "或第10章的模型，也一并取来：要半分钟，每次会话一回。在别的地方，这个单元格什么也不做。",
    ),
}
