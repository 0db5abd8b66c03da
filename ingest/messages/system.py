"""What the operating system says of a file or a connection, by the name of its error number."""

from ingest.messages.catalogue import Entries

SYSTEM: Entries = {
    "system.EACCES": ("没有权限", "Permission denied"),
    "system.EPERM": ("不允许这样操作", "Operation not permitted"),
    "system.ENOENT": ("没有这个文件或文件夹", "No such file or directory"),
    "system.EEXIST": ("文件已存在", "File exists"),
    "system.EISDIR": ("是一个文件夹", "Is a directory"),
    "system.ENOTDIR": ("不是文件夹", "Not a directory"),
    "system.ENOSPC": ("磁盘已满", "No space left on device"),
    "system.EDQUOT": ("超出了磁盘配额", "Disk quota exceeded"),
    "system.EROFS": ("文件系统是只读的", "Read-only file system"),
    "system.EIO": ("读写出错", "Input/output error"),
    "system.EMFILE": ("打开的文件太多", "Too many open files"),
    "system.ELOOP": ("符号链接绕成了圈", "Too many levels of symbolic links"),
    "system.ENAMETOOLONG": ("文件名太长", "File name too long"),
    "system.ENOMEM": ("内存不足", "Cannot allocate memory"),
    "system.ESTALE": ("网络文件夹断开了", "Stale file handle"),
    "system.ECONNREFUSED": ("连接被拒绝", "Connection refused"),
    "system.ECONNRESET": ("连接被对方断开", "Connection reset by peer"),
    "system.EHOSTUNREACH": ("到不了这台主机", "No route to host"),
    "system.ENETUNREACH": ("网络不通", "Network is unreachable"),
    "system.ETIMEDOUT": ("连接超时", "Connection timed out"),
}
