"""Messages of C tools in Chinese, put into the English that the parsers know.

A C compiler speaks the language of LC_ALL and LANG, and go passes these on to compilers of C files and to linkers. Source: the
zh_CN catalogues of gcc, binutils (ld, gold, gas), glibc, bash and coreutils; a test compares with the ones on the machine.
"""

from __future__ import annotations

import re
from typing import Final

_HAN: Final = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_PHRASES: Final = (
    # gcc
    (r"致命错误[:：] ?([^：:]+)[:：] ?没有那个文件或目录", r"fatal error: \1: No such file or directory"),
    (r"致命错误[:：] ?", "fatal error: "),
    (r"错误[:：] ?", "error: "),
    (r"警告[:：] ?", "warning: "),
    (r"附注[:：] ?", "note: "),
    (r"编译中断。", "compilation terminated."),
    (r"无法识别的命令行选项", "unrecognized command-line option "),
    (r"隐式声明函数", "implicit declaration of function "),
    (r"未知的类型名", "unknown type name "),
    (r"([‘'][^’']+[’'])未声明\(在此函数内第一次使用\)", r"\1 undeclared (first use in this function)"),
    (r"([‘'][^’']+[’'])未声明\(不在函数内\)", r"\1 undeclared here (not in a function)"),
    (r"与([‘'][^’']+[’'])类型冲突", r"conflicting types for \1"),
    (r"([‘'][^’']+[’'])重定义", r"redefinition of \1"),
    (r"^(\S+)[:：] ?在函数([‘'][^’']+[’'])中[:：]", r"\1: In function \2:"),
    (r"在文件被(\S+)包含", r"In file included from \1"),
    (r"([^\s：:]+)[:：]未使用链接器输入文件，因为链接尚未完成", r"\1: linker input file unused because linking not done"),
    # ld, gold, gas
    (r"找不到 (\S+) 于 (\S+) 内部", r"cannot find \1 inside \2"),
    (r"找不到 (-l\S+|/\S+|\S+\.[oa]\b)", r"cannot find \1"),
    (r"当搜索用于 (\S+) 时跳过不兼容的 (\S+)", r"skipping incompatible \2 when searching for \1"),
    (r"对[‘'`“]([^’'”]+)[’'”]未定义的引用", r"undefined reference to `\1'"),
    (r"未定义参考到 (\S+)", r"undefined reference to `\1'"),
    (r"(\S+) 的多重定义", r"multiple definition of `\1'"),
    (r"无法识别的选项[‘'“]([^’'”]+)[’'”]", r"unrecognized option '\1'"),
    (
        r"(?:无法识别文件|文件无法辨识)[:：] ?(?:不可识别的文件格式|无法识别的文件格式|文件格式无法识别)?",
        "file not recognized: file format not recognized",
    ),
    (r"(\S+) 架构于输入文件 (\S+) 与 (\S+) 输出不兼容", r"\1 architecture of input file `\2' is incompatible with \3 output"),
    (r"ld 返回 (\d+)", r"ld returned \1 exit status"),
    # loader, shells
    (r"载入共享库时出错", "error while loading shared libraries"),
    (r"无法打开共享(?:对象|目标)文件", "cannot open shared object file"),
    (r"错误的 ELF 类[:：] ?", "wrong ELF class: "),
    (r"无法执行二进制文件", "cannot execute binary file"),
    (r"无法执行[:：] ?找不到需要的文件", "cannot execute: required file not found"),
    (r"非法指令", "Illegal instruction"),
    (r"可执行文件格式错误", "Exec format error"),
    (r"无法运行命令 ?([‘'“][^’'”]+[’'”])", r"failed to run command \1"),
    (r"没有那个文件或目录", "No such file or directory"),
    (r"(?:未找到命令|未找到)", "not found"),
    (r"(?:第 (\d+) 行|行 (\d+))[:：]", r"line \1\2:"),
)
_TABLE: Final = tuple((re.compile(pattern), new) for pattern, new in _PHRASES)


def english(line: str) -> str:
    """A line with the phrases of these tools in English; a line without Chinese comes back as it is."""
    if not _HAN.search(line):
        return line
    for pattern, new in _TABLE:
        line = pattern.sub(new, line)
    return line.replace("：", ": ").replace(":  ", ": ")
