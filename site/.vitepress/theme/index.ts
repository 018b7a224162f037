// Without the theme's own fonts: those of the reader's system need not be fetched.
import theme from 'vitepress/theme-without-fonts'
import './site.css'

export default theme
